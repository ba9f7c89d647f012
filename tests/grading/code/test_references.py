"""Every reference solution passes its own tests behind the backend, a third of them a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.grading.code.public_suites import PublicSuites, asserts_of, prompt_of
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.limits import ResourceLimits
from tests.cases import part_of_the_day


@pytest.mark.slow(20)
@pytest.mark.shared("data/benchmarks")
@pytest.mark.parametrize(
    ("suite", "count", "known_bad"),
    [
        ("humaneval", 164, set()),
        ("mbpp", 974, set()),
        ("mbpp-sanitized", 427, set()),
        # 32: its check wants the special case of its own runner, which accepts any root
        ("humanevalplus", 164, {"32"}),
        # 255: its answer of some hundred megabytes is above the limits
        ("mbppplus", 378, {"255"}),
    ],
)
def test_reference_solutions_pass(
    runner: CodeRunner, shared: Path, suite: str, count: int, known_bad: set[str]
) -> None:
    rows = PublicSuites(shared / "data").rows(suite)
    assert len(rows) == count
    failed = {}
    part = dict(part_of_the_day(list(rows.items())))
    for number, row in part.items():
        solution = prompt_of(suite, row) + str(row.get("canonical_solution") or row["code"])
        result = runner.run(solution, asserts_of(suite, row), ResourceLimits(cpu_s=30.0))
        if result.verdict is not Verdict.CORRECT:
            failed[number] = f"{result.verdict.value}: {result.why}"
    assert set(failed) == known_bad & set(part), failed
