"""Tables as an Excel workbook with one sheet; texts are texts, never formulas or links.

Excel calculates with 15 digits: decimals are written as texts with every digit, their `_float` columns as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from harness.core.errors import LocalError, UsageError
from harness.core.plurals import counted
from harness.exporters.columns import Value
from harness.exporters.tables import ExportTable
from harness.pricing.exact import exact_text
from harness.report.run_data.load import RunData

MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767
"""Limits of the format (Excel specifications and limits, support.microsoft.com)."""
_CUT = " [cut: Excel holds 32,767 characters]"


def write(path: Path, table: ExportTable[object], runs: Sequence[RunData]) -> list[str]:
    """Write the table of the runs; returns a note where texts were cut. Raises UsageError for too many rows."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    cut = 0
    try:
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, [column.name for column in table.columns], book.add_format({"bold": True}))
            row = 1
            for run in runs:
                for batch in table.batches(run):
                    for cells in zip(*batch.values(), strict=True):
                        if row >= MAX_ROWS:
                            raise UsageError(
                                f"more than {MAX_ROWS - 1:,} rows, which is all that Excel holds; use csv or parquet"
                            )
                        cut += _write_row(sheet, row, cells)
                        row += 1
    except xlsxwriter.exceptions.XlsxFileError as error:
        raise LocalError(f"cannot write {path}: {error}") from error
    return (
        [f"{counted(cut, 'text')} cut at {MAX_CHARACTERS:,} characters; csv, jsonl and parquet have them whole"]
        if cut
        else []
    )


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, row: int, cells: Sequence[Value]) -> int:
    """Write one row; returns how many texts were cut."""
    cut = 0
    for place, cell in enumerate(cells):
        match cell:
            case None:
                continue
            case bool():
                sheet.write_boolean(row, place, cell)
            case int() | float():
                sheet.write_number(row, place, cell)
            case Decimal():
                sheet.write_string(row, place, exact_text(cell))
            case datetime():
                sheet.write_string(row, place, cell.isoformat())
            case str():
                is_cut = len(cell) > MAX_CHARACTERS
                cut += is_cut
                sheet.write_string(row, place, cell[: MAX_CHARACTERS - len(_CUT)] + _CUT if is_cut else cell)
    return cut
