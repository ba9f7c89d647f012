"""A writer of runs whose contents are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.types import Endpoint
from tests.report.runs import RunWriter
from tests.report.written_runs import Maker


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Maker]:
    made: list[RunWriter] = []

    def make(*endpoints: Endpoint, samples: int = 4, repeats: int = 1) -> RunWriter:
        made.append(RunWriter(tmp_path / f"run{len(made)}", endpoints=endpoints, samples=samples, repeats=repeats))
        return made[-1]

    yield make
    for one in made:
        one.close()
