"""The grader `regex`: a Python expression that is found in the response."""

from __future__ import annotations

import pytest

from harness.core.errors import DataError
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions, make_grader, target_check
from harness.grading.regex import grader as regex_grader
from tests.cases import all_cases


def graded(target: str, text: str, *, is_truncated: bool = False) -> Grade:
    sample = Sample(id="s", prompt="?", target=target)
    return make_grader("regex", GraderOptions()).grade(sample, text, is_truncated=is_truncated)


@all_cases(
    ("target", "text", "answer"),
    [
        (r"\b4[0-9]\b", "It is 42.", "42"),
        (r"(?i)answer:\s*(yes|y)\b", "ANSWER: Yes", "Yes"),
        (r"^yes$", " yes\n", "yes"),
        (r"(never)|sure", "sure", "sure"),
    ],
)
def test_match_is_correct_and_the_first_group_is_the_answer(target: str, text: str, answer: str) -> None:
    grade = graded(target, text)
    assert (grade.verdict, grade.answer) == (Verdict.CORRECT, answer)


def test_no_match_is_wrong() -> None:
    assert graded(r"^yes$", "yes, but no").verdict is Verdict.WRONG


def test_truncated_response_does_not_count() -> None:
    assert graded(r"yes$", "yes", is_truncated=True).verdict is Verdict.WRONG  # grade_completion makes it TRUNCATED


def test_expression_that_is_none_is_named_before_the_run_and_never_grades_as_wrong() -> None:
    check = target_check("regex")
    assert check is not None
    check(r"a|b")
    with pytest.raises(DataError, match=r"the answer '\(a' is not a regular expression: missing \)"):
        check("(a")
    assert graded("(a", "a").verdict is Verdict.GRADER_ERROR


def test_search_without_end_is_a_grader_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_grader, "SEARCH_S", 0.2)
    grade = graded(r"(a+)+$", "a" * 60 + "b")
    assert grade.verdict is Verdict.GRADER_ERROR
    assert "took more than 0.2 s" in grade.why
