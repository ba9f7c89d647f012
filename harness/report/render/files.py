"""A document as CSV and as JSON: bare figures for programs.

Dollars are written as text with every digit, so that none passes through a float. What is unknown or undefined is empty
in CSV and null, or an object with the reason, in JSON.
"""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

from harness.report.render.table import ReportDocument


def as_csv(document: ReportDocument) -> str:
    """One line for each row, under the names of the columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(document.flat.keys)
    for row in document.flat.rows:
        writer.writerow([_cell(row.get(key)) for key in document.flat.keys])
    return out.getvalue()


def as_json(document: ReportDocument) -> str:
    """One object, or a list with one record for each row."""
    return json.dumps(document.record, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)


def _cell(value: object) -> object:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case str():
            return f"'{value}" if value[:1] in FORMULA_STARTS else value
        case list() | tuple():
            return _cell(" ".join(map(str, value)))
        case _:
            return value


FORMULA_STARTS = frozenset("=+-@\t\r")
"""A spreadsheet runs a cell that begins so as a formula; an apostrophe before it makes it text."""


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{value!r} has no JSON form")
