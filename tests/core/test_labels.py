"""Labels with efforts, nearest names, and what says that a response is the mock's."""

from __future__ import annotations

import pytest

from harness.core.labels import Effort, closest_names, is_simulated, split_label
from tests.cases import all_cases


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("openai/gpt-5", ("openai/gpt-5", None)),
        ("openai/gpt-5@high", ("openai/gpt-5", Effort.HIGH)),
        ("openrouter/openai/gpt-oss-120b@none", ("openrouter/openai/gpt-oss-120b", Effort.NONE)),
    ],
)
def test_effort_stands_after_the_at_sign(label: str, parts: tuple[str, Effort | None]) -> None:
    assert split_label(label) == parts


@pytest.mark.parametrize("label", ["openai/gpt-5@", "openai/gpt-5@hihg", "openai/gpt-5@high@low"])
def test_word_that_is_no_effort_is_refused_with_the_accepted_ones(label: str) -> None:
    with pytest.raises(ValueError, match="accepted after @: none, minimal, low, medium, high"):
        split_label(label)


@all_cases(
    ("found", "clause"),
    [
        ("gsm9k", "did you mean gsm8k?"),
        ("GSM8K", "did you mean gsm8k?"),
        ("math", "did you mean math-500 or core-math?"),
        ("zzz", "known: aime-2024, core-math, gsm8k, math-500"),
    ],
)
def test_nearest_names_are_suggested_else_all(found: str, clause: str) -> None:
    assert closest_names(found, ["math-500", "gsm8k", "core-math", "aime-2024"]) == clause


def test_long_lists_are_cut_and_counted() -> None:
    assert closest_names("zzz", [f"m{n:02}" for n in range(23)]).endswith("m19, ... 3 more")
    assert closest_names("zzz", []) == "none are known"


@all_cases(
    ("names", "verdict"),
    [
        (["content-type", "x-harness-simulated"], True),
        (["llm_provider-x-harness-simulated"], True),
        (["x-harness-simulated-not"], False),
        (["xx-harness-simulated"], False),
        ([], False),
    ],
)
def test_simulated_responses_are_known_behind_a_gateways_prefix(names: list[str], verdict: bool) -> None:
    assert is_simulated(names) is verdict
