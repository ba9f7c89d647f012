"""The page docs/data-columns.md, from the descriptions of the columns: `python -m harness.exporters.columns_page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from harness.exporters.columns import DTYPE_OF, ColumnKind
from harness.exporters.parquet import SCALE
from harness.exporters.tables import TABLES

_PARQUET = {
    ColumnKind.TEXT: "string",
    ColumnKind.INTEGER: "int64",
    ColumnKind.NUMBER: "double",
    ColumnKind.FLAG: "bool",
    ColumnKind.INSTANT: "timestamp[us, UTC]",
    ColumnKind.DECIMAL: f"decimal(38, {SCALE})",
}
_TEXT = {
    ColumnKind.TEXT: "text",
    ColumnKind.INTEGER: "number",
    ColumnKind.NUMBER: "number",
    ColumnKind.FLAG: "`true`, `false`",
    ColumnKind.INSTANT: "ISO 8601",
    ColumnKind.DECIMAL: "every digit, no exponent",
}


_HEAD = """\
# Columns of data frames and exports

Written by `python -m harness.exporters.columns_page`; do not edit by hand. What the tables are for: [data](data.md).

The end of a name is its unit: `_s` seconds, `_usd` US dollars, `_tokens` tokens. A missing value is unknown, not
reported or not applicable, and never 0.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| kind | pandas dtype | Parquet | CSV and JSON Lines |"
    yield "|---|---|---|---|"
    for kind in ColumnKind:
        dtype = "`object` (`decimal.Decimal`)" if kind is ColumnKind.DECIMAL else f"`{DTYPE_OF[kind]}`"
        yield f"| {kind.value} | {dtype} | `{_PARQUET[kind]}` | {_TEXT[kind]} |"
    for table in TABLES.values():
        yield ""
        yield f"## {table.name}"
        yield ""
        yield f"One row per {table.one_row}."
        yield ""
        yield "| column | kind | meaning |"
        yield "|---|---|---|"
        for column in table.columns:
            meaning = column.meaning.replace("|", "\\|")
            yield f"| `{column.name}` | {column.kind.value} | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write(page())
