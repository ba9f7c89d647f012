"""The grader `contains`: the target as whole words and numbers."""

from __future__ import annotations

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from tests.cases import all_cases


def verdict(target: str, text: str, *, is_truncated: bool = False) -> Verdict:
    sample = Sample(id="s", prompt="?", target=target)
    return make_grader("contains", GraderOptions()).grade(sample, text, is_truncated=is_truncated).verdict


@all_cases(
    ("target", "text"),
    [
        ("cat", "A cat, of course."),
        ("42", "It is 42."),
        ("42", "答案是42个。"),
        ("北京", "首都是北京。"),
        ("New York", "in New\nYork"),
        ("C++", "Use C++ here"),
        ("3.5", "(3.5)"),
        ("café", "un cafe\u0301"),
    ],
)
def test_whole_word_or_number_is_found(target: str, text: str) -> None:
    assert verdict(target, text) is Verdict.CORRECT


@all_cases(
    ("target", "text"),
    [
        ("cat", "concatenate"),
        ("cat", "Cat"),
        ("42", "1420"),
        ("42", "42.5"),
        ("42", "1,042"),
        ("5", "0.5"),
        ("5", "5,000"),
        ("Rom", "Roma"),
        ("naïv", "naïve"),
        ("42", ""),
    ],
)
def test_part_of_a_word_or_number_is_not(target: str, text: str) -> None:
    assert verdict(target, text) is Verdict.WRONG


def test_what_was_said_before_the_output_limit_counts() -> None:
    assert verdict("cat", "A cat is a", is_truncated=True) is Verdict.CORRECT


def test_thoughts_do_not_count() -> None:
    assert verdict("cat", "<think>a cat?</think> A dog.") is Verdict.WRONG
