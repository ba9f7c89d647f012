"""Verdicts on programs of real models agree with the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.grading.code.judging import CodeJudge
from harness.grading.code.published import Suites, asserts_of, grade_samples, prompt_of, read_rows
from harness.grading.sandbox.judge import Limits

_LEAST_AGREEMENT = 0.995
_LIMITS = Limits(cpu_s=5.0)  # what the published runs allowed


def _check(differing: list[str], count: int) -> None:
    print(*differing, sep="\n")
    assert count == 2584
    assert len(differing) <= (1 - _LEAST_AGREEMENT) * count, differing


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.shared("data/graders")
def test_extracted_programs_agree_with_the_published_verdicts(judge: CodeJudge, shared: Path) -> None:
    samples = read_rows(shared / "data/graders/code_samples.jsonl.gz")
    graded = grade_samples(samples, suites=Suites(shared / "data"), judge=judge, limits=_LIMITS)
    differing = [
        f"{sample['id']} {sample['suite']} {sample['task_id']}: {grade['verdict']}, {str(grade['why'])[:200]}"
        for sample, grade in zip(samples, graded, strict=True)
        if (grade["verdict"] == "correct") is not sample["passed"]
    ]
    _check(differing, len(samples))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.shared("data/graders")
def test_programs_put_together_as_published_agree_with_the_published_verdicts(judge: CodeJudge, shared: Path) -> None:
    suites = Suites(shared / "data")
    samples = read_rows(shared / "data/graders/code_samples.jsonl.gz")
    differing = []
    for sample in samples:
        suite = str(sample["suite"])
        row = suites.row(suite, sample["task_id"])
        prompt = prompt_of(suite, row)
        source = f"{prompt}\n{sample['completion']}" if prompt else str(sample["completion"])
        ruling = judge.judge(source, asserts_of(suite, row), _LIMITS)
        if (ruling.verdict is Verdict.CORRECT) is not sample["passed"]:
            differing.append(f"{sample['id']} {suite} {sample['task_id']}: {ruling.verdict.value}, {ruling.why[:200]}")
    _check(differing, len(samples))
