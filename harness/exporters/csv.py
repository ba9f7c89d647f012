"""Tables as CSV: exact decimals, empty cells for what is missing, and no text that a spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from harness.exporters.columns import ColumnKind, Value
from harness.exporters.tables import ExportTable
from harness.pricing.exact import exact_text
from harness.report.run_data.load import RunData

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters by which spreadsheets take a text for a formula (OWASP, CSV injection, 2024)."""
_FIRST = frozenset((*FORMULA_SIGNS, " "))
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def write(path: Path, table: ExportTable[object], runs: Sequence[RunData]) -> list[str]:
    """Write the table of the runs in UTF-8; returns notes for the reader: none."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        for run in runs:
            for batch in table.batches(run):
                cells = (_cells(column.kind, batch[column.name]) for column in table.columns)
                writer.writerows(zip(*cells, strict=True))
    return []


def _cells(kind: ColumnKind, values: Sequence[Value]) -> Iterable[object]:
    """The values as the csv module is to write them: it leaves None empty, and numbers need no help."""
    if kind is ColumnKind.TEXT and _FIRST.isdisjoint({value[:1] for value in values if value}):  # type: ignore[index]
        return values  # one look at a column of texts is quicker than a call for each cell
    return map(_TEXT_OF[kind], values) if kind in _TEXT_OF else values


def _decimal_text(value: Value) -> str | None:
    return exact_text(value) if isinstance(value, Decimal) else None


def _instant_text(value: Value) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else None


def _flag_text(value: Value) -> str | None:
    return None if value is None else "true" if value else "false"


def _safe_text(value: Value) -> Value:
    return without_formula(value) if isinstance(value, str) and value[:1] in _FIRST else value


_TEXT_OF: Mapping[ColumnKind, Callable[[Value], object]] = {
    ColumnKind.TEXT: _safe_text,
    ColumnKind.FLAG: _flag_text,
    ColumnKind.INSTANT: _instant_text,
    ColumnKind.DECIMAL: _decimal_text,
}


def without_formula(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would run it. A plain number, such as -5, is none."""
    is_formula = text.lstrip(" ").startswith(FORMULA_SIGNS) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
