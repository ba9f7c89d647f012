"""Tables as CSV: exact decimals, empty cells for what is missing, and no text that a spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from harness.exporters.columns import Value
from harness.exporters.tables import ExportTable
from harness.pricing.exact import exact_text
from harness.report.run_data.load import RunData

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters by which spreadsheets take a text for a formula (OWASP, CSV injection, 2024)."""
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def write(path: Path, table: ExportTable[object], runs: Sequence[RunData]) -> list[str]:
    """Write the table of the runs in UTF-8; returns notes for the reader: none."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        for run in runs:
            for batch in table.batches(run):
                writer.writerows(zip(*(map(cell_text, cells) for cells in batch.values()), strict=True))
    return []


def cell_text(value: Value) -> str:
    """A cell as CSV has it; a text that would be a formula gets an apostrophe in front."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return without_formula(value)
        case Decimal():
            return exact_text(value)
        case datetime():
            return value.isoformat()
    return repr(value)


def without_formula(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would run it. A plain number, such as -5, is none."""
    is_formula = text.lstrip(" ").startswith(FORMULA_SIGNS) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
