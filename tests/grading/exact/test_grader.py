"""The grader `exact`: the whole response, white space apart."""

from __future__ import annotations

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from tests.cases import all_cases


def verdict(target: str, text: str, *, is_truncated: bool = False) -> Verdict:
    sample = Sample(id="s", prompt="?", target=target)
    return make_grader("exact", GraderOptions()).grade(sample, text, is_truncated=is_truncated).verdict


@all_cases(
    ("target", "text"),
    [
        ("Paris", "Paris"),
        ("Paris", " Paris\n"),
        ("New York", "New\n  York"),
        ("café", "cafe\u0301"),
        ("Paris", "<think>Lyon?</think>\nParis"),
    ],
)
def test_equal_up_to_white_space_and_composition(target: str, text: str) -> None:
    assert verdict(target, text) is Verdict.CORRECT


@all_cases("text", ["paris", "Paris.", "The answer is Paris", "Pariss", "P aris"])
def test_case_punctuation_and_more_words_count(text: str) -> None:
    assert verdict("Paris", text) is Verdict.WRONG


def test_truncated_response_is_never_equal() -> None:
    assert verdict("Paris", "Paris", is_truncated=True) is Verdict.WRONG  # which grade_completion makes TRUNCATED
