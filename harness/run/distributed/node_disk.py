"""A worker on a node that does not see the run's folder: it writes to the node's own disk and uploads to the store.

    NODE_RESULTS/RUN-ID/.plan/                            manifest and samples, from the session
    NODE_RESULTS/RUN-ID/calls-7.NODE/calls-7.NODE.jsonl   a worker's segment, with its link to the store

A node uploads what is new as often as the session does, and the rest when the worker ends; what a killed worker left is
uploaded when the run is resumed with the node in the cluster, or on the node: harness runs push NODE_RESULTS/RUN-ID.
Segments that the store confirms are deleted when a worker ends or the run is resumed, the folder after the last one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import LocalError
from harness.run.distributed.messages import WorkerSpec
from harness.run.distributed.probe import sees, unseen
from harness.store.leases import PLAN, segment_name, segment_number, segment_owner
from harness.store.log import write_whole
from harness.store.remote.background import BackgroundUpload
from harness.store.remote.link import StoreLink, write_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader
from harness.store.remote.worker_segments import WHOLE, held_node_folder, remove_whole, upload_rest
from harness.store.run_dir import MANIFEST

VARIABLE = "HARNESS_NODE_RESULTS"
"""In the environment of a node: the folder for what it records. With it, a run with a store never uses the run's."""
PLAN_FILES = (MANIFEST, "samples.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUpload:
    """Where workers with a disk of their own upload to. `link`: the session's; `every_s`: seconds between uploads."""

    link: StoreLink
    every_s: float


def node_folder(link: StoreLink) -> Path:
    """What this node keeps of a run."""
    named = os.environ.get(VARIABLE)
    state = os.environ.get("XDG_STATE_HOME")
    default = (Path(state) if state else Path.home() / ".local" / "state") / "harness" / "nodes"
    return (Path(named) if named else default).resolve() / f"{link.run}-{link.run_id[:8]}"


def uses_own_disk(spec: WorkerSpec, upload: NodeUpload | None, node: str) -> bool:
    """Whether a worker writes to its node's own disk. Raises LocalError where it must and the run has no store."""
    if upload is not None and os.environ.get(VARIABLE):
        return True
    if sees(spec.run, spec.probe):
        return False
    if upload is None:
        raise LocalError(unseen(node, spec.run))
    return True


def place_on_disk(spec: WorkerSpec, upload: NodeUpload, node: str, plan: Mapping[str, bytes]) -> WorkerSpec:
    """Make the worker's folders; the spec with their paths. `plan`: PLAN_FILES by name. Raises LocalError."""
    root = node_folder(upload.link)
    number = segment_number(spec.segment.name)
    assert number is not None
    name = segment_name(number, node)
    owner = segment_owner(name)
    assert owner is not None
    segment = root / name.removesuffix(".jsonl") / name
    try:
        with held_node_folder(root):  # another worker's end must not take the plan away
            for folder in (root / PLAN, segment.parent):
                folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(
            f"node {node}: cannot make {root}: {error.strerror or error} (${VARIABLE} names it)"
        ) from error
    for file, data in plan.items():
        write_whole(root / PLAN / file, data)
    write_link(segment.parent, replace(upload.link, node=owner, base={}, base_nodes={}))
    return replace(spec, run=root / PLAN, segment=segment)


@contextlib.contextmanager
def uploading_segment(spec: WorkerSpec, upload: NodeUpload, node: str) -> Iterator[None]:
    """Upload a worker's segment while it is written, and its rest after.

    Raises LocalError before anything is sent where the worker's index is not in the store: without it nobody could tell
    that this disk may hold answers, should the session's disk be lost. Later failures are written to the worker's log;
    what is not uploaded stays on the disk.
    """
    owner = segment_owner(spec.segment.name)
    assert owner is not None
    link = replace(upload.link, node=owner, base={}, base_nodes={})
    uploader = RunUploader(spec.segment.parent, link, ObjectStore(link.address))
    background = BackgroundUpload(uploader, every_s=upload.every_s, on_trouble=_say)
    try:
        error = background.start()
        if error is not None:
            raise LocalError(f"node {node}: {error}; nothing was sent from it")
        yield
        left = background.finish()
        if left is None:
            (spec.segment.parent / WHOLE).touch()
            left = _remove_whole(spec.segment.parent.parent)
        if left is not None:
            _say(left)
    finally:
        background.abandon()


def upload_left(link: StoreLink) -> list[str]:
    """Upload what ended workers of a run left on this node's disk, and delete it there; the names of their segments.

    Raises LocalError where a worker is still at work or the store does not take it.
    """
    uploaded = upload_rest(node_folder(link))
    if (left := _remove_whole(node_folder(link))) is not None:
        _say(left)
    return uploaded


def _remove_whole(root: Path) -> LocalError | None:
    """Delete what the store has; returns why something stays, which harms nobody."""
    try:
        remove_whole(root)
    except LocalError as error:
        return error
    return None


def _say(error: LocalError | None) -> None:
    print(f"harness: {error or 'the store answers again'}", file=sys.stderr)
