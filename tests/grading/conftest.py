"""One runner for all tests of graders: starting an interpreter is what costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.probes import choose_backend


@pytest.fixture(scope="session")
def runner() -> Iterator[CodeRunner]:
    """A runner in the strongest backend of this machine."""
    made = CodeRunner(choose_backend().backend)
    yield made
    made.close()
