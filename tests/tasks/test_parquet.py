"""Rows of a Parquet file as they were written, or the file's name with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from harness.core.errors import DataError
from harness.tasks.parquet import parquet_rows


def test_rows_keep_order_types_and_missing_values(tmp_path: Path) -> None:
    rows = [{"id": 2, "text": "中", "parts": ["a"]}, {"id": 1, "text": None, "parts": []}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "set.parquet")
    assert parquet_rows(tmp_path / "set.parquet") == rows


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1 cut off PAR1"])
def test_a_file_that_is_none_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "set.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"set\.parquet: cannot be read as Parquet"):
        parquet_rows(path)
