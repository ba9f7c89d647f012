"""Downloads a run from a store: every object checked against its checksum, only what is new since the last time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import LocalError, UsageError
from harness.store.log import write_whole
from harness.store.merge import merge_copies
from harness.store.remote.address import run_address
from harness.store.remote.columns import StoredColumns, columns_name
from harness.store.remote.node_index import IndexName, NodeIndex, Part, decode_index, index_names
from harness.store.remote.object_store import ObjectStore, StoreError
from harness.store.run_dir import COLUMNS_ONLY, MANIFEST

FETCHED = ".fetched.json"
"""In a fetched folder: the parts that each of its files was made of."""


COLUMNS = ".columns"
"""Beside fetched folders: those of runs whose jobs are read in columns."""
IN_COLUMNS = ("calls-", "grades.jsonl", "samples.jsonl", "mock-ledger.jsonl")
"""What such a folder lacks, by how names begin."""
NODES = ".nodes"
"""In a fetched folder: the files of each node, where there are several."""
ROUNDS = 3
"""How often a fetch starts again because a node replaced its index meanwhile."""


def fetch_run(address: str, *, derived_by: str | None = None) -> Path:
    """The folder of a run in a store, downloaded as far as it is not here yet, for reading.

    `derived_by`: a digest of the code that derives columns. Where the store has them, samples, log and grades are left
    there until asked for. Raises UsageError where the store has no such run, StoreError where it cannot be read.
    """
    place, run = run_address(address)
    store = ObjectStore(place)
    return (derived_by and _fetch_beside_columns(store, run, derived_by)) or fetch_from(store, run)


def _fetch_beside_columns(store: ObjectStore, run: str, derived_by: str) -> Path | None:
    """A folder with all that is not in the columns of the run; None where the store has none of the run as it is."""
    indexes = node_indexes(store, run)
    columns = columns_name(run, indexes, derived_by)
    if not _is_plain(indexes) or columns not in store.names(f"{run}/columns/*"):
        return None
    folder = cached_run(store, run).parent / COLUMNS / run
    folder.mkdir(parents=True, exist_ok=True)
    held = {"address": store.address, "run": run, "columns": columns}
    write_whole(folder / COLUMNS_ONLY, json.dumps(held).encode())  # first: without it this would be a run without jobs
    beside = {name: held for name, held in _files(indexes).items() if not name.startswith(IN_COLUMNS)}
    fetch_files(store, run, beside, folder)
    return folder


def stored_columns(folder: Path) -> StoredColumns | None:
    """Where the jobs of such a folder are read from; None for every other folder. Raises StoreError."""
    held = _columns_held(folder)
    return None if held is None else StoredColumns(ObjectStore(held["address"]), held["columns"])


def fetch_log(folder: Path) -> None:
    """Make such a folder a whole copy. Raises StoreError where the store cannot be read."""
    held = _columns_held(folder)
    if held is not None:
        store, run = ObjectStore(held["address"]), held["run"]
        fetch_into(store, run, node_indexes(store, run), folder)
        (folder / COLUMNS_ONLY).unlink(missing_ok=True)


def _columns_held(folder: Path) -> Mapping[str, str] | None:
    try:
        held: Mapping[str, str] = json.loads((folder / COLUMNS_ONLY).read_bytes())
    except FileNotFoundError:
        return None
    return held


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
    if _is_plain(indexes):
        fetch_files(store, run, _files(indexes), folder)
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


def _is_plain(indexes: Sequence[NodeIndex]) -> bool:
    """Whether nothing is to be joined: one copy of the run, and workers, each with a segment of its own."""
    return sum(not index.is_worker for index in indexes) == 1


def _files(indexes: Sequence[NodeIndex]) -> dict[str, tuple[str, tuple[Part, ...]]]:
    """By name the node and the parts of each file."""
    return {name: (index.node, parts) for index in indexes for name, parts in index.files.items()}


def cache_folder() -> Path:
    """Where fetched runs are kept between two commands; it can be deleted at any time."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "harness" / "stores"


def cached_run(store: ObjectStore, run: str) -> Path:
    """Where a run of a store is kept."""
    return cache_folder() / hashlib.sha256(store.address.encode()).hexdigest()[:16] / run


def node_indexes(store: ObjectStore, run: str) -> list[NodeIndex]:
    """The indexes of a run's nodes, the last updated at the end. Raises UsageError where the store has no such run."""
    found = index_names(store.names(f"{run}/nodes/*/*.json"))
    if not found:
        known = run_names(store)[-5:]
        hint = f"; runs in it: {', '.join(known)}" if known else "; it holds no run"
        raise UsageError(f"{store.address} has no run {run}{hint}")
    indexes = [newest_index(store, names)[1] for names in found.values()]
    if len({index.run_id for index in indexes}) > 1:
        raise LocalError(f"{store.address}/{run}: its nodes uploaded different runs")
    return sorted(indexes, key=lambda index: (index.updated_at, index.node))


def newest_index(store: ObjectStore, names: Sequence[IndexName]) -> tuple[IndexName, NodeIndex]:
    """The last index of a node that is whole; `names` come with the last one first.

    Raises LocalError where none is, FileNotFoundError where a newer one has replaced it meanwhile.
    """
    error = LocalError(f"{store.address}/{names[0]} is damaged, and no earlier index is there")
    for name in names:
        try:
            data = store.get(str(name))
        except StoreError as failed:  # its writer deletes the earlier one only once this one is whole
            error = failed
            continue
        if name.fits(data):
            return name, decode_index(data, f"{store.address}/{name}")
    raise error


def run_names(store: ObjectStore) -> list[str]:
    """The names of the runs in a store, in order."""
    return [name for name in store.folders() if not name.startswith(".")]


def fetch_node(store: ObjectStore, run: str, index: NodeIndex, folder: Path) -> bool:
    """Bring a folder to what a node has uploaded; returns whether anything changed.

    Raises StoreError where an object cannot be read or is not the one that was uploaded.
    """
    return fetch_files(store, run, {name: (index.node, parts) for name, parts in index.files.items()}, folder)


def fetch_files(store: ObjectStore, run: str, files: Mapping[str, tuple[str, Sequence[Part]]], folder: Path) -> bool:
    """The same for files of several nodes: by name the node and its parts."""
    before = _fetched(folder)
    folder.mkdir(parents=True, exist_ok=True)
    changed = False
    for name, (node, parts) in files.items():
        changed |= _fetch_file(store, run, node, folder / name, before.get(name, ()), parts)
    for name in before.keys() - files.keys():
        (folder / name).unlink(missing_ok=True)
        changed = True
    if changed:
        held = {name: [[part.sha256, part.size] for part in parts] for name, (_, parts) in files.items()}
        write_whole(folder / FETCHED, json.dumps(held).encode())
    return changed


def forget_parts(folder: Path) -> None:
    """Make a fetched folder an ordinary one, which may change: without what a later fetch would go on from."""
    (folder / FETCHED).unlink(missing_ok=True)
    shutil.rmtree(folder / NODES, ignore_errors=True)


def _fetch_file(
    store: ObjectStore, run: str, node: str, path: Path, before: Sequence[Part], parts: Sequence[Part]
) -> bool:
    if tuple(before) == tuple(parts) and path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    same = 0
    while same < min(len(before), len(parts)) and before[same] == parts[same]:
        same += 1
    held = sum(part.size for part in parts[:same])
    if not path.exists() or path.stat().st_size < held:
        same = held = 0
    with path.open("r+b" if same else "wb") as file:
        file.truncate(held)  # what follows is of other parts, or of an interrupted fetch
        file.seek(held)
        for part in parts[same:]:
            file.write(store.get_checked(part.object_name(run, node), part.sha256))
    return True


def _fetched(folder: Path) -> Mapping[str, tuple[Part, ...]]:
    try:
        held = json.loads((folder / FETCHED).read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: tuple(Part(sha256=sha256, size=size) for sha256, size in parts) for name, parts in held.items()}
