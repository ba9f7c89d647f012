"""Tables as JSON Lines: one object a row; exact decimals as texts, so that none passes through a float."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from harness.exporters.tables import ExportTable
from harness.pricing.exact import exact_text
from harness.report.run_data.load import RunData


def write(path: Path, table: ExportTable[object], runs: Sequence[RunData]) -> list[str]:
    """Write the table of the runs in UTF-8; returns notes for the reader: none."""
    names = [column.name for column in table.columns]
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode
    with path.open("w", encoding="utf-8", newline="") as file:
        for run in runs:
            for batch in table.batches(run):
                for cells in zip(*batch.values(), strict=True):
                    file.write(encode(dict(zip(names, cells, strict=True))))
                    file.write("\n")
    return []


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return exact_text(value)
    assert isinstance(value, datetime)
    return value.isoformat()
