"""The catalogue of a store: one small Parquet file a node of a run, a row for each task and model, read by DuckDB.

    .catalogue/RUN/NODE.parquet

Nothing is shared between writers, so none waits for another. Dollars are exact decimals to 1e-12.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.core.errors import LocalError
from harness.store.remote.object_store import INSTALL, ObjectStore

FOLDER = ".catalogue"
_USD_PLACES = 12
_NEWEST = """
    SELECT * FROM entries QUALIFY updated_at = max(updated_at) OVER (PARTITION BY run)
    ORDER BY created_at DESC, run, node, task, model
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow:
    """One model on one task of a run, as one node has seen it.

    `state`: `complete`, `stopped early`, `running` or `INCOMPLETE`, at `updated_at`. `origin`: live, SIMULATED,
    IMPORTED or REPLAYED. `planned`, `finished`: jobs; `graded`, `correct`: answers. `known_usd`: known billed dollars,
    without reused answers; `unknown_jobs`: jobs whose dollars have an unknown part.
    """

    run: str
    run_id: str
    node: str
    kind: str
    state: str
    task: str
    task_version: int
    model: str
    origin: str
    planned: int
    finished: int
    graded: int
    correct: int
    known_usd: Decimal
    unknown_jobs: int
    created_at: datetime
    updated_at: datetime
    harness_version: str


def entry_name(run: str, node: str) -> str:
    """The name of a node's file of a run."""
    return f"{FOLDER}/{run}/{node}.parquet"


def write_rows(store: ObjectStore, rows: Sequence[CatalogueRow]) -> None:
    """Replace what the catalogue says of a node of a run; `rows` are all of that node. Raises StoreError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {one.name: [getattr(row, one.name) for row in rows] for one in fields(CatalogueRow)}
    place = Decimal(1).scaleb(-_USD_PLACES)
    columns["known_usd"] = [usd.quantize(place) for usd in columns["known_usd"]]
    types: dict[str, Any] = {
        "str": pa.string(),
        "int": pa.int64(),
        "Decimal": pa.decimal128(38, _USD_PLACES),
        "datetime": pa.timestamp("us", tz="UTC"),
    }
    table = pa.table({one.name: pa.array(columns[one.name], types[str(one.type)]) for one in fields(CatalogueRow)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    store.put(entry_name(rows[0].run, rows[0].node), buffer.getvalue())


def read_rows(store: ObjectStore, run: str = "*") -> list[CatalogueRow]:
    """The rows of all runs, or of one, the latest begun first; of each run those of the node that wrote last.

    Raises LocalError where the bucket or folder does not exist, the package duckdb is missing, or a file is no Parquet
    of this layout.
    """
    names = store.names(f"{FOLDER}/{run}/*.parquet")
    if not names:
        store.require_place()
        return []
    try:
        import duckdb
    except ImportError:
        raise LocalError(f"the package duckdb is missing; install it with: {INSTALL}") from None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        tables = [pq.read_table(io.BytesIO(data)) for data in store.get_all(names)]
        with duckdb.connect() as connection:
            connection.register("entries", pa.concat_tables(tables, promote_options="default"))
            found = connection.sql(_NEWEST).to_arrow_table()
        rows = [CatalogueRow(**row) for row in found.to_pylist()]
        return [replace(row, known_usd=row.known_usd.normalize()) for row in rows]
    except (pa.ArrowException, duckdb.Error, TypeError) as error:
        raise LocalError(f"{store.address}/{FOLDER} cannot be read: {error}") from None


def as_record(row: CatalogueRow) -> dict[str, object]:
    """The row for a file: dollars as text, instants in ISO 8601."""
    return {
        **asdict(row),
        "known_usd": f"{row.known_usd:f}",
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }
