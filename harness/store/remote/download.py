"""What a store holds of a run, and its files brought to a folder: each object checked, only what is new."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import LocalError, UsageError
from harness.store.log import write_whole
from harness.store.remote.node_index import IndexName, NodeIndex, Part, decode_index, index_names
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.store_errors import StoreError

FETCHED = ".fetched.json"
"""In a fetched folder: the parts that each of its files was made of."""

ROUNDS = 3
"""How often something is read again because a node replaced its index meanwhile."""


def is_plain(indexes: Sequence[NodeIndex]) -> bool:
    """Whether nothing is to be joined: one copy of the run, and workers, each with a segment of its own."""
    return sum(not index.is_worker for index in indexes) == 1


def files_of(indexes: Sequence[NodeIndex]) -> dict[str, tuple[str, tuple[Part, ...]]]:
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
    indexes = [current_index(store, names)[1] for names in found.values()]
    if len({index.run_id for index in indexes}) > 1:
        raise LocalError(f"{store.address}/{run}: its nodes uploaded different runs")
    return sorted(indexes, key=lambda index: (index.updated_at, index.node))


def current_index(store: ObjectStore, names: Sequence[IndexName]) -> tuple[IndexName, NodeIndex]:
    """`newest_index`, also where its node replaces it while it is read. Raises LocalError."""
    run, node = names[0].run, names[0].node
    for _ in range(ROUNDS):
        try:
            return newest_index(store, names)
        except FileNotFoundError:
            names = index_names(store.names(f"{run}/nodes/{node}/*.json")).get(node, [])
            if not names:
                break
    raise StoreError(f"{store.address}/{run}: the index of {node} changes while it is read; try again")


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
    """The names of the runs in a store, in order. Raises StoreError where the bucket or folder does not exist."""
    found = [name for name in store.folders() if not name.startswith(".")]
    if not found:
        store.require_place()
    return found


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
