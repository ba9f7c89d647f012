"""The jobs of a run in columns, beside its segments in the store; DuckDB reads those that are asked for from there.

    RUN/columns/DIGEST.parquet

DIGEST is of everything that the columns are derived from: the lines that the indexes name, the manifest, and the code.
A reader works it out anew, so columns that are not of the run as it stands now are never found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.core.errors import LocalError
from harness.store.remote.node_index import NodeIndex
from harness.store.remote.object_store import INSTALL, ObjectStore
from harness.store.remote.store_errors import StoreError

if TYPE_CHECKING:
    from harness.store.remote.object_files import ObjectFiles

DERIVED_FROM = ("calls-", "grades.jsonl", "usage.jsonl", "manifest.json")
"""Names, or how they begin, of the files that the columns are derived from."""
ROWS_AT_ONCE = 16 * 65_536
"""Rows of a column that are held at a time: a million, some MB."""


def columns_name(run: str, indexes: Sequence[NodeIndex], derived_by: str) -> str:
    """Where the columns of a run are that its nodes have uploaded so far. `derived_by`: a digest of the code."""
    files = sorted(
        (name, [part.sha256 for part in parts])
        for index in indexes
        for name, parts in index.files.items()
        if name.startswith(DERIVED_FROM)
    )
    return f"{run}/columns/{hashlib.sha256(repr((derived_by, files)).encode()).hexdigest()[:32]}.parquet"


def put_columns(store: ObjectStore, name: str, data: bytes) -> None:
    """Put the columns of a run into its store, in the place of earlier ones. Raises StoreError."""
    earlier = [one for one in store.names(f"{name.rpartition('/')[0]}/*") if one != name]
    store.put(name, data)
    store.delete(earlier)


class StoredColumns:
    """The columns of one run in a store. `count`: rows. Raises LocalError without the package duckdb.

    Every read raises StoreError where the store does not answer or the object is no Parquet file. `chunk_bytes`: read
    at once, None for the usual.
    """

    def __init__(self, store: ObjectStore, name: str, *, chunk_bytes: int | None = None) -> None:
        try:
            import duckdb
        except ImportError:
            raise LocalError(f"the package duckdb is missing; install it with: {INSTALL}") from None
        from harness.store.remote.object_files import CHUNK_BYTES, PROTOCOL, ObjectFiles

        self._errors = duckdb.Error
        self._name = name
        self._store = store
        self.files: ObjectFiles = ObjectFiles(store, chunk_bytes=chunk_bytes or CHUNK_BYTES)
        self._connection = duckdb.connect()
        self._connection.register_filesystem(self.files)
        self._place = f"{PROTOCOL}://{name}"
        self._held: dict[str, tuple[int, Any]] = {}
        self.count = int(self._ask("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata($1)")[0][0].as_py())

    def metadata(self) -> dict[bytes, bytes]:
        """What the file says of itself."""
        keys, values = self._ask("SELECT key, value FROM parquet_kv_metadata($1)")
        return dict(zip(keys.to_pylist(), values.to_pylist(), strict=True))

    def column(self, name: str, start: int, count: int) -> Any:
        """An Arrow array with rows of a column; a text column comes as its values and their codes."""
        first = start // ROWS_AT_ONCE * ROWS_AT_ONCE
        if self._held.get(name, (-1, None))[0] != first:
            rows = f"file_row_number >= {first} AND file_row_number < {first + ROWS_AT_ONCE}"
            (found,) = self._ask(
                f'SELECT "{name}" FROM read_parquet($1, file_row_number=true) '  # noqa: S608 - a name of ours
                f"WHERE {rows} ORDER BY file_row_number"
            )
            self._held[name] = first, found.combine_chunks()
        return self._held[name][1].slice(start - first, count)

    def _ask(self, query: str) -> list[Any]:
        try:
            return self._connection.sql(query, params=[self._place]).to_arrow_table().columns  # type: ignore[no-any-return]
        except self._errors as error:
            raise StoreError(f"{self._store.address}/{self._name} cannot be read: {error}") from None
