"""Copies of runs without samples, log and grades: jobs are read in columns from the store, the rest if asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import LocalError
from harness.store.log import write_whole
from harness.store.remote.address import COLUMNS_ONLY
from harness.store.remote.columns import StoredColumns, columns_name
from harness.store.remote.download import cached_run, fetch_files, files_of, is_plain, node_indexes
from harness.store.remote.object_store import ObjectStore

COLUMNS = ".columns"
"""Beside fetched folders: those of runs whose jobs are read in columns."""
IN_COLUMNS = ("calls-", "grades.jsonl", "samples.jsonl", "mock-ledger.jsonl")
"""What such a folder lacks, by how names begin."""


def fetch_beside_columns(store: ObjectStore, run: str, derived_by: str) -> Path | None:
    """A folder with all that is not in the columns of the run; None where the store has none of the run as it is."""
    indexes = node_indexes(store, run)
    columns = columns_name(run, indexes, derived_by)
    if not is_plain(indexes) or columns not in store.names(f"{run}/columns/*"):
        return None
    folder = cached_run(store, run).parent / COLUMNS / run
    folder.mkdir(parents=True, exist_ok=True)
    held = {"address": store.address, "run": run, "columns": columns}
    write_whole(folder / COLUMNS_ONLY, json.dumps(held).encode())  # first: without it this would be a run without jobs
    beside = {name: held for name, held in files_of(indexes).items() if not name.startswith(IN_COLUMNS)}
    fetch_files(store, run, beside, folder)
    return folder


def stored_columns(folder: Path) -> StoredColumns | None:
    """Where the jobs of such a folder are read from; None for every other folder. Raises StoreError."""
    held = _columns_held(folder)
    return None if held is None else StoredColumns(ObjectStore(held["address"]), held["columns"])


def fetch_log(folder: Path) -> None:
    """Make such a folder a whole copy. Raises StoreError where the store cannot be read, LocalError if it changed."""
    held = _columns_held(folder)
    if held is not None:
        store, run = ObjectStore(held["address"]), held["run"]
        indexes = node_indexes(store, run)
        if not is_plain(indexes):
            raise LocalError(f"{store.address}/{run}: another copy of it was uploaded while it was read; try again")
        fetch_files(store, run, files_of(indexes), folder)
        (folder / COLUMNS_ONLY).unlink(missing_ok=True)


def _columns_held(folder: Path) -> Mapping[str, str] | None:
    try:
        held: Mapping[str, str] = json.loads((folder / COLUMNS_ONLY).read_bytes())
    except FileNotFoundError:
        return None
    return held
