"""One judge for all tests of this folder: starting an interpreter is what costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.grading.code.judging import CodeJudge
from harness.grading.sandbox.probes import choose


@pytest.fixture(scope="session")
def judge() -> Iterator[CodeJudge]:
    """A judge behind the best wall of this machine."""
    made = CodeJudge(choose().wall)
    yield made
    made.close()
