"""A fixed body may not go round the budget, the price row or the prompt."""

from __future__ import annotations

from harness.config.body import REFUSED, body_problems
from harness.config.nodes import document_of
from tests.cases import all_cases


def problems(body: str) -> list[str]:
    document = document_of(f"m:\n  extra_body:\n    {body}\n", shown="p.yaml")
    inner = document.values["m"]
    assert isinstance(inner, dict)
    return [str(issue) for issue in body_problems(document, ("m",), inner["extra_body"])]


@all_cases("key", sorted(REFUSED))
def test_refused_keys_are_named_with_the_setting_to_use(key: str) -> None:
    first, *inner = key.split(".")
    (said,) = problems(f"{first}: {{{inner[0]}: 5}}" if inner else f"{first}: 5")
    assert said == f"p.yaml:3: extra_body must not hold `{key}`: {REFUSED[key]}"


@all_cases(
    "body", ["top_k: 5", "thinking: {type: enabled}", "reasoning: {exclude: true}", "metadata: {model: x, n: 2}"]
)
def test_other_keys_pass_even_where_a_refused_name_stands_deeper(body: str) -> None:
    assert problems(body) == []


def test_a_key_that_is_null_is_refused_too_for_it_is_sent() -> None:
    assert len(problems("max_tokens: ~")) == 1
