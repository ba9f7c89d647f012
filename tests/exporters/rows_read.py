"""Rows of a table of a run."""

from __future__ import annotations

from collections.abc import Iterator

from harness.exporters.columns import Value
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData


def rows(data: RunData, name: str) -> Iterator[dict[str, Value]]:
    for batch in TABLES[name].batches(data):
        for cells in zip(*batch.values(), strict=True):
            yield dict(zip(batch, cells, strict=True))
