"""Numbers that compare two models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.stats.comparisons import COMPARISONS, comparison_value
from harness.stats.intervals import ConfidenceInterval, Undefined
from tests.cases import all_cases
from tests.stats.runs_by_hand import HOPELESS, QUICK, SMALL, model


@all_cases("name", COMPARISONS)
@all_cases("jobs", HOPELESS.values(), ids=HOPELESS)
def test_every_comparison_answers_every_poor_run_with_a_number_or_a_reason(name: str, jobs: tuple[str, ...]) -> None:
    poor, free = model(jobs), model(jobs, usd=0.0, tokens=0.0)
    fair = model(("CW", "WC", "CC")[: len(jobs)])
    for first, second in ((poor, fair), (fair, poor), (free, fair), (fair, free)):
        found = comparison_value(name, first, second, QUICK)
        assert isinstance(found, ConfidenceInterval) or found.reason


def test_comparisons_by_hand() -> None:
    jobs = SMALL + SMALL
    first, second = model(jobs, usd=1.0, tokens=300.0, seconds=10.0), model(jobs, usd=4.0)
    expected = {
        "accuracy_difference": 0.0,
        "relative_gap": 0.0,
        "cost_ratio": 0.25,
        "cost_per_correct_ratio": 0.25,
        "verbosity_ratio": 3.0,
        "break_even_verbosity": 12.0,  # a quarter of the dollars for three times the tokens
        "speed_ratio": 0.5,
        "ttft_ratio": 2.0,
        "tokens_per_s_ratio": 1.5,
        "chars_per_s_ratio": 1.5,
    }
    for name, value in expected.items():
        found = comparison_value(name, first, second, QUICK)
        assert isinstance(found, ConfidenceInterval)
        assert found.estimate == pytest.approx(value)


def test_models_of_other_samples_are_not_compared() -> None:
    with pytest.raises(ValueError, match="the same samples in the same order, got 4 and 3 of which 3 are in both"):
        comparison_value("cost_ratio", model(SMALL), model(SMALL[:3]), QUICK)


@pytest.mark.parametrize(
    ("is_timed", "is_discarded", "said"),
    [
        (True, False, "no answer came in a stream that can be timed"),
        (False, False, "the answers came without times"),
        (False, True, "the timings of all 2 answers were discarded: this host was overloaded"),
    ],
)
def test_ratio_of_medians_says_why_a_model_has_no_timing(said: str, *, is_timed: bool, is_discarded: bool) -> None:
    whole = model(("C", "C"))
    none, all_of = np.zeros((2, 1), dtype=np.bool_), np.ones((2, 1), dtype=np.bool_)
    silent = replace(
        whole,
        discarded=all_of if is_discarded else none,
        total_s=replace(whole.total_s, known=all_of if is_timed else none),
        chars_per_s=replace(whole.chars_per_s, known=none),
    )
    for pair, which in (((silent, whole), "first"), ((whole, silent), "second")):
        assert comparison_value("chars_per_s_ratio", *pair, QUICK) == Undefined(reason=f"{which} model: {said}")
