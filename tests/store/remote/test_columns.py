"""Columns in a store: found by what they are derived from, one set a run, read in ranges."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.store.remote.columns import ROWS_AT_ONCE, StoredColumns, columns_name, put_columns
from harness.store.remote.node_index import NodeIndex, Part
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.store_errors import StoreError

ROWS = 1000


def parquet(rows: int = ROWS) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    table = pa.table({"n": range(rows), "text": [f"t{number % 7}" for number in range(rows)]})
    pq.write_table(table.replace_schema_metadata({"lost": "nothing"}), buffer, row_group_size=100)
    return buffer.getvalue()


def index(node: str, **files: str) -> NodeIndex:
    parts = {f"{name}.jsonl".replace("_", "-"): (Part(sha256=sha, size=1),) for name, sha in files.items()}
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return NodeIndex(run_id="i", node=node, harness_version="1", updated_at=at, is_running=False, files=parts)


def test_the_name_is_of_the_lines_and_the_code() -> None:
    one = index("a", calls_0="1", grades="2", samples="3")
    name = columns_name("r", [one], "code")
    assert columns_name("r", [index("a", calls_0="1", grades="2", samples="4")], "code") == name
    assert columns_name("r", [replace(one, node="b", is_running=True)], "code") == name
    for other in (index("a", calls_0="1", grades="9", samples="3"), index("a", calls_0="8", grades="2", samples="3")):
        assert columns_name("r", [other], "code") != name
    assert columns_name("r", [one, index("b", calls_1="7")], "code") != name
    assert columns_name("r", [one], "other code") != name


def test_rows_of_a_column_are_read_from_the_store(address: str) -> None:
    store = ObjectStore(address)
    put_columns(store, "r/columns/old.parquet", b"")
    put_columns(store, "r/columns/new.parquet", parquet())
    assert store.names("r/**") == ["r/columns/new.parquet"]
    columns = StoredColumns(store, "r/columns/new.parquet")
    assert columns.count == ROWS < ROWS_AT_ONCE
    assert columns.metadata()[b"lost"] == b"nothing"
    assert columns.column("n", 250, 3).to_pylist() == [250, 251, 252]
    assert columns.column("text", 0, 3).to_pylist() == ["t0", "t1", "t2"]
    assert columns.files.requests == 1  # of so small a file one chunk


def test_what_is_no_parquet_file_is_named(address: str) -> None:
    store = ObjectStore(address)
    store.put("r/columns/x.parquet", b"no Parquet at all")
    with pytest.raises(StoreError, match=r"r/columns/x.parquet cannot be read"):
        StoredColumns(store, "r/columns/x.parquet")
