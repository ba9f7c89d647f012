"""What decides a verdict before a grader looks: refusals, truncation, empty texts."""

from __future__ import annotations

from importlib import import_module

import pytest

from harness.core.errors import UsageError
from harness.core.types import Completion, FinishReason, Sample, Timing, Verdict
from harness.grading.base import TAKES_ALL, GraderOptions, grade_completion, grader_names, make_grader
from tests.cases import all_cases
from tests.virtual_time import EPOCH

SAMPLE = Sample(id="s", prompt="What is 3 + 4?", target="7")


def completion(text: str, finish: FinishReason) -> Completion:
    timing = Timing(started_at=EPOCH, waited_s=0, total_s=1)
    return Completion(text=text, reasoning="", finish_reason=finish, native_finish_reason=finish.value, timing=timing)


@all_cases(
    ("text", "finish", "verdict"),
    [
        ("The answer is 7.", FinishReason.STOP, Verdict.CORRECT),
        ("The answer is 8.", FinishReason.STOP, Verdict.WRONG),
        ("I did not get anywhere.", FinishReason.STOP, Verdict.NO_ANSWER),
        ("", FinishReason.STOP, Verdict.NO_ANSWER),
        ("I cannot help with that.", FinishReason.REFUSED, Verdict.REFUSED),
        ("The answer is 7.", FinishReason.REFUSED, Verdict.REFUSED),
        ("", FinishReason.LENGTH, Verdict.TRUNCATED),
        ("First, 3 and then 4", FinishReason.LENGTH, Verdict.TRUNCATED),
        ("The answer is 8.", FinishReason.LENGTH, Verdict.TRUNCATED),
        ("The answer is \\boxed{7}. To check", FinishReason.LENGTH, Verdict.CORRECT),
    ],
)
def test_verdict_of_a_completion(text: str, finish: FinishReason, verdict: Verdict) -> None:
    grade = grade_completion(make_grader("numeric", GraderOptions()), SAMPLE, completion(text, finish))
    assert grade.verdict is verdict


def test_refusal_names_the_providers_own_word() -> None:
    grade = grade_completion(make_grader("numeric", GraderOptions()), SAMPLE, completion("No.", FinishReason.REFUSED))
    assert (grade.answer, grade.why) == (None, f"the provider says {FinishReason.REFUSED.value!r}")


def test_unknown_grader_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'maths' is unknown; did you mean math"):
        make_grader("maths", GraderOptions())
    assert {"math", "code", "numeric"} <= set(grader_names())


def test_graders_that_take_all_check_no_target_and_run_nothing() -> None:
    for name in TAKES_ALL:
        grader = make_grader(name, GraderOptions())
        assert grader.sandbox_backend is None
        assert not hasattr(import_module(f"harness.grading.{name}.grader"), "check_target")
        grader.close()
