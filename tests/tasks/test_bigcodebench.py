"""bigcodebench-hard with its libraries: every reference passes in the sandbox, no program that does nothing does.

Needs the extra `bigcodebench`; .ci/run has an environment for it.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.base import Grader, GraderOptions, make_grader
from harness.grading.code.libraries import missing_modules
from harness.tasks.load import load_task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.shared("data/benchmarks"),
    pytest.mark.skipif(importlib.util.find_spec("xlwt") is None, reason="NEEDS THE EXTRA bigcodebench"),
]
_PARTS = 8


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all: loading the libraries is what costs."""
    made = make_grader("code", GraderOptions())
    yield made
    made.close()


def _part(shared: Path, part: int) -> list[Sample]:
    loaded = load_task("bigcodebench-hard", cwd=Path("/"), data_dir=shared / "data" / "benchmarks")
    return list(loaded.samples[part::_PARTS])


def test_no_library_is_lacking(shared: Path) -> None:
    assert missing_modules(sample.target for part in range(_PARTS) for sample in _part(shared, part)) == (
        frozenset(),
        0,
    )


@pytest.mark.parametrize("part", range(_PARTS))
def test_each_reference_passes_and_a_program_that_does_nothing_fails(grader: Grader, shared: Path, part: int) -> None:
    unexpected = []
    for sample in _part(shared, part):
        nothing = f"```python\ndef {json.loads(sample.target)['entry_point']}(*args, **kwargs):\n    return None\n```"
        for text, due in ((str(sample.reference), Verdict.CORRECT), (nothing, Verdict.WRONG)):
            grade = grader.grade(sample, text, is_truncated=False)
            if grade.verdict is not due:
                unexpected.append(f"{sample.id}: {grade.verdict.value} for {due.value}: {grade.why}")
    assert unexpected == []
