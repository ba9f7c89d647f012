"""Downloads a run from a store, for reading: several nodes' files are joined."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.core.errors import LocalError
from harness.store.merge import merge_copies
from harness.store.remote.address import run_address
from harness.store.remote.columns_copy import fetch_beside_columns
from harness.store.remote.download import (
    FETCHED,
    ROUNDS,
    cached_run,
    fetch_files,
    fetch_node,
    files_of,
    is_plain,
    node_indexes,
)
from harness.store.remote.node_index import NodeIndex
from harness.store.remote.object_store import ObjectStore
from harness.store.run_dir import MANIFEST

NODES = ".nodes"
"""In a fetched folder: the files of each node, where there are several."""


def fetch_run(address: str, *, derived_by: str | None = None) -> Path:
    """The folder of a run in a store, downloaded as far as it is not here yet, for reading.

    `derived_by`: a digest of the code that derives columns. Where the store has them, samples, log and grades are left
    there until asked for. Raises UsageError where the store has no such run, StoreError where it cannot be read.
    """
    place, run = run_address(address)
    store = ObjectStore(place)
    return (derived_by and fetch_beside_columns(store, run, derived_by)) or fetch_from(store, run)


def fetch_from(store: ObjectStore, run: str) -> Path:
    """The same for a run of a store that is open already."""
    folder = cached_run(store, run)
    for _ in range(ROUNDS):
        try:
            fetch_into(store, run, node_indexes(store, run), folder)
        except FileNotFoundError:
            continue  # an object that a newer index no longer names
        return folder
    raise LocalError(f"{store.address}/{run}: it changes while it is read; try again")


def fetch_into(store: ObjectStore, run: str, indexes: Sequence[NodeIndex], folder: Path) -> None:
    """Bring a folder to what all nodes have uploaded; several nodes' files are joined."""
    if is_plain(indexes):
        fetch_files(store, run, files_of(indexes), folder)
        return
    if all(index.is_worker for index in indexes):
        raise LocalError(f"{store.address}/{run}: the session has not uploaded its manifest yet; try again")
    copies = [folder / NODES / index.node for index in indexes]
    changed = [fetch_node(store, run, index, copy) for index, copy in zip(indexes, copies, strict=True)]
    if not any(changed) and (folder / MANIFEST).exists():
        return
    for path in folder.glob("[!.]*"):
        if path.is_file():
            path.unlink()
    (folder / FETCHED).unlink(missing_ok=True)
    merge_copies(copies, folder)
    # Last, from the node that wrote last: a folder without it is no run.
    newest = [copy for copy in copies if (copy / MANIFEST).exists()][-1]
    (folder / MANIFEST).write_bytes((newest / MANIFEST).read_bytes())


def forget_parts(folder: Path) -> None:
    """Make a fetched folder an ordinary one, which may change: without what a later fetch would go on from."""
    (folder / FETCHED).unlink(missing_ok=True)
    shutil.rmtree(folder / NODES, ignore_errors=True)
