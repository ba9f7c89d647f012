"""From a model's text to a Grade, in this process and in a worker's."""

from __future__ import annotations

import json
import multiprocessing

import pytest

from harness.core.errors import SandboxUnavailable
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions, make_grader

_TARGET = json.dumps(
    {"kind": "calls", "entry_point": "f", "cases": [{"args": [3], "expected": 27}], "prelude": "N = 3"}
)
_SAMPLE = Sample(id="cube", prompt="Write f.", target=_TARGET)


def _grade(text: str, *, unsafe: bool = False, target: str = _TARGET) -> Grade:
    grader = make_grader("code", GraderOptions(unsafe_no_sandbox=unsafe))
    try:
        return grader.grade(Sample(id="cube", prompt="Write f.", target=target), text, is_truncated=False)
    finally:
        grader.close()


def test_a_right_program_is_correct_and_what_was_run_is_kept() -> None:
    grade = _grade("Here:\n```python\ndef f(x): return x ** N\n```")
    assert grade.verdict is Verdict.CORRECT
    assert grade.answer == "N = 3\ndef f(x): return x ** N\n"
    assert grade.rule == "last fenced block that defines f (number 1 of 1, marked python)"
    assert grade.spans == ((16, 40),)  # behind "Here:" and the fence's line, up to the closing fence
    assert grade.sandbox_backend is not None
    assert grade.sandbox_backend.partition(",")[0] in {"bubblewrap+inner", "landlock+seccomp"}
    assert grade.seconds > 0


@pytest.mark.parametrize(
    ("text", "target", "verdict", "why"),
    [
        ("```python\ndef f(x): return x * x\n```", _TARGET, Verdict.WRONG, "f(3) returned 9; expected 27"),
        ("I do not know.", _TARGET, Verdict.NO_ANSWER, "the text holds no program"),
        ("def f(x): return 27", "{}", Verdict.GRADER_ERROR, "kind is None"),
    ],
)
def test_other_verdicts_have_their_reason(text: str, target: str, verdict: Verdict, why: str) -> None:
    grade = _grade(text, target=target)
    assert grade.verdict is verdict
    assert why in grade.why


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("```python\ndef f(x): return x ** 3\n```\nThis is the", Verdict.CORRECT),
        ("def f(x):\n    return x ** 3\n\n\n# An", Verdict.CORRECT),
        ("def f(x):\n    if x == 3:\n        return 27\n    if x ==", Verdict.NO_ANSWER),
    ],
)
def test_of_a_truncated_text_only_a_whole_program_counts(text: str, verdict: Verdict) -> None:
    grader = make_grader("code", GraderOptions())
    try:
        assert grader.grade(_SAMPLE, text, is_truncated=True).verdict is verdict
    finally:
        grader.close()


def test_a_run_without_a_sandbox_is_stamped() -> None:
    grade = _grade("def f(x): return x ** 3", unsafe=True)
    assert (grade.verdict, grade.sandbox_backend) == (Verdict.CORRECT, "unisolated")


def test_a_grader_works_in_a_spawned_worker() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        grade = pool.apply(_grade, ("def f(x): return x ** 3",))
    assert grade.verdict is Verdict.CORRECT


def test_grader_refuses_a_sandbox_other_than_the_one_a_run_began_in() -> None:
    with pytest.raises(SandboxUnavailable, match="started with the sandbox backend 'castle', and only"):
        make_grader("code", GraderOptions(sandbox_backend="castle"))
