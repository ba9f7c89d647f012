"""Every shipped task against its own grader: the target is right for its sample, its neighbour's is not.

Slow, because it goes through whole benchmarks; the code tasks run every reference in the sandbox.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import Grader, GraderOptions, make_grader
from harness.tasks.folders import import_task, task_files
from harness.tasks.load import load_task

GRADER_OF = {name: import_task(path).grader for name, path in task_files(None, Path("/")).items()}
BENCHMARKS = pytest.mark.shared("data/benchmarks")

SAME_VALUE = {("algebra/1837", "5", "x=5")}
"""Neighbours whose targets differ as text and not as values: sample, its target, the next one's target."""

ELSEWHERE = {"humaneval-plus", "mbpp-plus", "bigcodebench-hard"}
"""Their references run in tests/grading/code/test_references.py, as published, and in test_bigcodebench.py."""


def named(grader: str) -> list[str]:
    return [name for name, other in GRADER_OF.items() if other == grader and name != "livecodebench"]


def samples(name: str, shared: Path) -> tuple[Sample, ...]:
    return load_task(name, cwd=Path("/"), data_dir=shared / "data" / "benchmarks").samples


def stated(target: str, grader: str) -> str:
    return f"[ANSWER]{target}[/ANSWER]" if grader == "literal" else f"So the answer is $\\boxed{{{target}}}$."


def problems_of(grader: Grader, sample: Sample, following: Sample) -> list[str]:
    """What is not as it should be, in words."""
    expected = [(stated(sample.target, grader.name), Verdict.CORRECT), (str(sample.reference), Verdict.CORRECT)]
    if sample.target != following.target and (sample.id, sample.target, following.target) not in SAME_VALUE:
        expected.append((stated(following.target, grader.name), Verdict.WRONG))
    grades = [(grader.grade(sample, text, is_truncated=False), wanted) for text, wanted in expected]
    return [
        f"{sample.id}: {grade.verdict.value}, {grade.why}" for grade, wanted in grades if grade.verdict is not wanted
    ]


@BENCHMARKS
@pytest.mark.slow
@pytest.mark.parametrize("name", [*named("math"), *named("literal")])
def test_each_target_is_right_for_its_sample_and_wrong_for_the_one_before(name: str, shared: Path) -> None:
    found = samples(name, shared)
    grader = make_grader(GRADER_OF[name], GraderOptions())
    try:
        pairs = zip(found, [*found[1:], found[0]], strict=True)
        assert [problem for pair in pairs for problem in problems_of(grader, *pair)] == []
    finally:
        grader.close()


@BENCHMARKS
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in named("code") if name not in ELSEWHERE])
def test_each_reference_passes_in_the_sandbox(name: str, shared: Path) -> None:
    grader = make_grader("code", GraderOptions())
    try:
        grades = {s.id: grader.grade(s, str(s.reference), is_truncated=False) for s in samples(name, shared)}
    finally:
        grader.close()
    failed = {key: f"{grade.verdict.value}, {grade.why}" for key, grade in grades.items() if _failed(grade)}
    assert failed == {}


def _failed(grade: Grade) -> bool:
    return grade.verdict is not Verdict.CORRECT
