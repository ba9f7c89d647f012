"""The rows of a Parquet file, by pyarrow; imported only when a task's data is such a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow
import pyarrow.parquet

from harness.core.errors import DataError, reason


def parquet_rows(path: Path) -> list[Mapping[str, object]]:
    """Every row in its order, columns by name. Raises DataError for a file that is not Parquet."""
    try:
        rows: list[Mapping[str, object]] = pyarrow.parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {reason(error)}") from None
    return rows
