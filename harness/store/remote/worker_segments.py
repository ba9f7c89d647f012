"""Segments of workers whose nodes share no disk with the run's folder: uploaded there, brought into the folder here."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import LocalError
from harness.store.leases import LeaseJournal, is_worker, open_leases, segment_owner
from harness.store.log import repair_tail
from harness.store.remote.download import ROUNDS, current_index, node_indexes
from harness.store.remote.link import StoreLink, read_link
from harness.store.remote.node_index import NodeIndex, Part, index_names, lines_digest
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.store_errors import StoreError
from harness.store.remote.upload import RunUploader
from harness.store.segment_lock import held_segment, is_held

WHOLE = ".whole"
"""Marks a segment's folder once the store has all of it."""
WAIT_S = 60.0
LOOK_EVERY_S = 0.2


def upload_rest(node_folder: Path) -> list[str]:
    """Upload what workers that have ended left on this node, and end their indexes; returns the segments' names.

    Raises LocalError where a worker is still at work after WAIT_S, StoreError where the store does not take it.
    """
    uploaded = []
    for folder in sorted(path for path in node_folder.glob("calls-*/") if not (path / WHOLE).exists()):
        link = read_link(folder)
        if link is None:  # killed before it wrote anything
            continue
        segment = folder / f"{folder.name}.jsonl"
        _wait_until_free(segment)
        with held_segment(segment):
            repair_tail(segment)
            uploader = RunUploader(folder, link, ObjectStore(link.address))
            uploader.connect()
            uploader.sync(is_running=False)
            (folder / WHOLE).touch()
        uploaded.append(segment.name)
    return uploaded


def remove_whole(node_folder: Path) -> None:
    """Delete the segments that are marked as whole and that the store confirms; after the last one, the node's folder.

    Raises LocalError where the store does not confirm one, which stays.
    """
    with held_node_folder(node_folder):
        for folder in sorted(mark.parent for mark in node_folder.glob(f"calls-*/{WHOLE}")):
            link = read_link(folder)
            assert link is not None
            uploader = RunUploader(folder, link, ObjectStore(link.address))
            uploader.may_restore = False
            uploader.connect()
            if unstored := uploader.unstored():
                raise LocalError(f"{folder}: {', '.join(unstored)} not wholly in {link.run_address}: kept")
            shutil.rmtree(folder)
        if not list(node_folder.glob("calls-*/")):
            shutil.rmtree(node_folder, ignore_errors=True)


@contextmanager
def held_node_folder(node_folder: Path) -> Iterator[None]:
    """Alone in making or deleting what a node keeps of its runs; waits for other processes of the node."""
    node_folder.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(node_folder.parent, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _wait_until_free(segment: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while is_held(segment):
        if time.monotonic() > deadline:
            raise LocalError(f"{segment} is written by a worker of an earlier session; wait until its requests end")
        time.sleep(LOOK_EVERY_S)


def bring_segments(store: ObjectStore, link: StoreLink, folder: Path) -> None:
    """Bring into a run folder what workers have uploaded, and note which segments are whole.

    Of a fetched copy also what workers uploaded whose leases it does not have, because the session before was lost.
    Raises StoreError where the store cannot be read, LocalError where a fetched copy has to be fetched anew.
    """
    is_open = {segment_owner(name): name for name in open_leases(folder)}
    if not is_open and not any(map(is_worker, link.base_nodes)):
        return
    journal = LeaseJournal(folder)
    for index in worker_indexes(store, link):
        if index.node not in is_open and index.node not in link.base_nodes:
            continue
        if not _is_joined(link, index):
            _bring_index(store, link, index, folder)
        elif index.lines_digest != link.base_nodes[index.node]:
            raise LocalError(
                f"{index.node} has uploaded more since {folder} was fetched: move the folder away, and resume with: "
                f"harness run --resume {link.run_address}"
            )
        if not index.is_running and index.node in is_open:
            journal.note_whole(is_open[index.node])


def _is_joined(link: StoreLink, index: NodeIndex) -> bool:
    """Whether a fetched copy has the worker's lines in the one file that several sessions' lines were joined to."""
    had = link.base_nodes.get(index.node)
    return had not in (None, lines_digest({})) and sum(not is_worker(node) for node in link.base_nodes) > 1


def worker_indexes(store: ObjectStore, link: StoreLink) -> list[NodeIndex]:
    """What the workers of a run have uploaded. Raises StoreError where the store cannot be read."""
    return [index for index in node_indexes(store, link.run) if index.is_worker and index.run_id == link.run_id]


def _bring_index(store: ObjectStore, link: StoreLink, index: NodeIndex, folder: Path) -> None:
    for name, parts in index.files.items():
        for _ in range(ROUNDS):
            try:
                _bring(store, link.run, index.node, folder / name, parts)
                break
            except FileNotFoundError:  # small objects were joined to a larger one meanwhile
                names = index_names(store.names(f"{link.run}/nodes/{index.node}/*.json"))
                parts = current_index(store, names[index.node])[1].files[name]
        else:
            raise StoreError(f"{link.run_address}: {name} changes while it is read; try again")


def _bring(store: ObjectStore, run: str, node: str, path: Path, parts: Sequence[Part]) -> None:
    """Append what the file does not have yet; it holds a beginning of the parts, in their order."""
    held = path.stat().st_size if path.exists() else 0
    if held >= sum(part.size for part in parts):
        return
    start = 0
    with path.open("ab") as file:
        for part in parts:
            if start + part.size > held:
                data = store.get_checked(part.object_name(run, node), part.sha256)
                file.write(data[max(0, held - start) :])
            start += part.size
        file.flush()
        os.fsync(file.fileno())
