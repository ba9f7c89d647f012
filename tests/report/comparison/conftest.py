"""A writer of runs whose contents are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.prices import Price
from harness.core.types import Endpoint
from tests.report.comparison.compared import (
    TWICE,
    Maker,
)
from tests.report.runs import PRICE, RunWriter


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Maker]:
    made: list[RunWriter] = []

    def make(
        *endpoints: Endpoint, samples: int, repeats: int = 1, prices: Sequence[Price] = (PRICE, TWICE)
    ) -> RunWriter:
        run = RunWriter(tmp_path / f"run{len(made)}", endpoints=endpoints, samples=samples, repeats=repeats)
        run.run.rewrite_manifest(replace(run.run.manifest(), prices=tuple(prices)))
        made.append(run)
        return run

    yield make
    for one in made:
        one.close()
