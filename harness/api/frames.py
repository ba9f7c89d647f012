"""Exported tables as pandas data frames; the one module that imports pandas, which takes a second."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from harness.exporters.columns import DTYPE_OF, ColumnKind, FrameColumn, Value
from harness.exporters.tables import ExportTable
from harness.report.run_data.load import RunData


def frame_of(table: ExportTable[object], data: RunData) -> pd.DataFrame:
    """The table of one run. An `object` column holds `decimal.Decimal` or None."""
    batches = list(table.batches(data))
    series = {}
    for column in table.columns:
        series[column.name] = _series(column, [cell for batch in batches for cell in batch.pop(column.name)])
    return pd.DataFrame(series)


def _series(column: FrameColumn[object], cells: Iterable[Value]) -> pd.Series:
    if column.kind is ColumnKind.INSTANT:
        return pd.Series(pd.to_datetime(list(cells), utc=True), name=column.name).astype(DTYPE_OF[column.kind])
    return pd.Series(list(cells), dtype=DTYPE_OF[column.kind], name=column.name)
