"""Tables as Parquet: typed columns, decimals as decimal128, the meaning of each column in the file's schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet

from harness.core.errors import LocalError
from harness.core.plurals import counted
from harness.exporters.columns import ColumnKind, FrameColumn, Value
from harness.exporters.tables import ExportTable
from harness.report.run_data.load import RunData

SCALE = 24
"""Decimal places. DuckDB and Polars read at most 38 digits; prices in dollars need 13 places, so nothing is rounded.
Amounts converted from another currency have 34 significant digits and may need more: those are rounded, and counted."""

_TYPE_OF = {
    ColumnKind.TEXT: pyarrow.string(),
    ColumnKind.INTEGER: pyarrow.int64(),
    ColumnKind.NUMBER: pyarrow.float64(),
    ColumnKind.FLAG: pyarrow.bool_(),
    ColumnKind.INSTANT: pyarrow.timestamp("us", tz="UTC"),
    ColumnKind.DECIMAL: pyarrow.decimal128(38, SCALE),
}
_STEP = Decimal(1).scaleb(-SCALE)
_WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN)


def write(path: Path, table: ExportTable[object], runs: Sequence[RunData]) -> list[str]:
    """Write the table of the runs; returns a note where decimals were rounded.

    Raises LocalError for a decimal that does not fit.
    """
    schema = schema_of(table)
    rounded: Counter[str] = Counter()
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for run in runs:
            for batch in table.batches(run):
                for column in table.columns:
                    if column.kind is ColumnKind.DECIMAL:
                        batch[column.name], count = _fitted(column.name, batch[column.name])
                        rounded[column.name] += count
                writer.write_table(pyarrow.Table.from_pydict(batch, schema=schema))
    return [
        f"{name}: {counted(count, 'value')} rounded to {SCALE} decimal places; CSV and JSONL have every digit"
        for name, count in rounded.items()
        if count
    ]


def schema_of(table: ExportTable[object]) -> pyarrow.Schema:
    """The columns of the table with their types and meanings."""
    return pyarrow.schema([_field(column) for column in table.columns], metadata={"harness_table": table.name})


def _field(column: FrameColumn[object]) -> pyarrow.Field:
    return pyarrow.field(column.name, _TYPE_OF[column.kind], metadata={"meaning": column.meaning})


def _fitted(name: str, cells: list[Value]) -> tuple[list[Value], int]:
    """The decimals with SCALE places, and how many of them had more."""
    fitted: list[Value] = []
    rounded = 0
    for cell in cells:
        if isinstance(cell, Decimal):
            exact = cell
            cell = exact.quantize(_STEP, context=_WIDE)
            rounded += cell != exact
            if len(cell.as_tuple().digits) > 38:
                raise LocalError(f"{name} {exact} has more digits than Parquet holds; export it as CSV or JSONL")
        fitted.append(cell)
    return fitted, rounded
