"""math-verify as it comes: its own rules, in a process that the kernel ends by CPU time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.grading.math_verify.grader import MathVerifyGrader


@pytest.fixture(scope="module")
def grader() -> Iterator[MathVerifyGrader]:
    """The grader, with its child process."""
    made = make_grader("math_verify", GraderOptions())
    assert isinstance(made, MathVerifyGrader)
    yield made
    made.close()


def _sample(target: str) -> Sample:
    return Sample(id="a", prompt="p", target=target)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "text", "verdict"),
    [
        (r"\frac{1}{2}", r"It is \boxed{0.5}.", Verdict.CORRECT),
        ("18", "so the answer is 18.", Verdict.CORRECT),
        ("18", r"\boxed{19}", Verdict.WRONG),
        ("18", "I do not know.", Verdict.NO_ANSWER),
        ("42", r"<think>\boxed{41}</think>\boxed{42}", Verdict.CORRECT),
        ("5", "", Verdict.NO_ANSWER),
        ("", r"\boxed{5}", Verdict.GRADER_ERROR),  # nothing to compare with
    ],
)
def test_the_librarys_verdict(grader: MathVerifyGrader, target: str, text: str, verdict: Verdict) -> None:
    grade = grader.grade(_sample(target), text, is_truncated=False)
    assert grade.verdict is verdict, grade.why
    assert grade.grader_version in grade.rule


@pytest.mark.slow
def test_cpu_time_ends_a_question_without_a_verdict() -> None:
    impatient = MathVerifyGrader(limit_s=2.0)
    endless = r"\boxed{3^{10^{10^{10}}}}"
    try:
        grade = impatient.grade(_sample("2^{10^{10^{10}}}"), endless, is_truncated=False)
        assert (grade.verdict, grade.ended_by) == (Verdict.GRADER_ERROR, "cpu")
        assert grade.why == "math-verify used up 2 CPU seconds"
        assert impatient.grade(_sample("7"), r"\boxed{7}", is_truncated=False).verdict is Verdict.CORRECT
    finally:
        impatient.close()
