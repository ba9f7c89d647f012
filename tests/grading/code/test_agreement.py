"""Verdicts on programs of real models agree with the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.grading.code.public_suites import PublicSuites, Row, asserts_of, prompt_of, read_rows
from harness.grading.code.result import CodeTestResult
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.limits import ResourceLimits
from tests.cases import part_of_the_day
from tests.grading.code.suite_grading import grade_by_suite

_PROGRAMS = 2584
_MOST_DIFFERING = 4
"""At least 99.5% agree: 0.005 * 861 = 4.3."""
_LIMITS = ResourceLimits(cpu_s=5.0)  # what the published runs allowed


def _differing(samples: Sequence[Row], results: list[CodeTestResult]) -> list[str]:
    return [
        f"{sample['id']} {sample['suite']} {sample['task_id']}: {result.verdict.value}, {result.why[:200]}"
        for sample, result in zip(samples, results, strict=True)
        if (result.verdict is Verdict.CORRECT) is not sample["passed"]
    ]


@pytest.mark.slow(55)
@pytest.mark.shared("data/graders")
def test_extracted_programs_agree_with_the_published_verdicts(runner: CodeRunner, shared: Path) -> None:
    suites, rows = PublicSuites(shared / "data"), read_rows(shared / "data/graders/code_samples.jsonl.gz")
    assert len(rows) == _PROGRAMS
    samples = part_of_the_day(rows)
    results = [
        grade_by_suite(
            str(sample["completion"]),
            str(sample["suite"]),
            sample["task_id"],
            suites=suites,
            runner=runner,
            limits=_LIMITS,
        )
        for sample in samples
    ]
    assert len(differing := _differing(samples, results)) <= _MOST_DIFFERING, differing


@pytest.mark.slow(125)
@pytest.mark.shared("data/graders")
def test_programs_put_together_as_published_agree_with_the_published_verdicts(runner: CodeRunner, shared: Path) -> None:
    suites, samples = PublicSuites(shared / "data"), read_rows(shared / "data/graders/code_samples.jsonl.gz")
    # extraction changes no verdict, so a part of them says enough; the long tests of EvalPlus take most of the time
    plain = [sample for sample in samples if not str(sample["suite"]).endswith("plus")]
    plus = [sample for sample in samples if str(sample["suite"]).endswith("plus")]
    part, results = [*plain[::3], *plus[::9]], []
    for sample in part:
        suite = str(sample["suite"])
        row = suites.row(suite, sample["task_id"])
        prompt = prompt_of(suite, row)
        source = f"{prompt}\n{sample['completion']}" if prompt else str(sample["completion"])
        results.append(runner.run(source, asserts_of(suite, row), _LIMITS))
    assert len(part) >= 740
    assert len(differing := _differing(part, results)) <= 0.005 * len(part), differing
