"""One grader of repositories for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.grading.base import GraderOptions
from harness.grading.repository.grader import RepositoryGrader, make


@pytest.fixture(scope="module")
def grader() -> Iterator[RepositoryGrader]:
    found = make(GraderOptions())
    yield found
    found.close()
