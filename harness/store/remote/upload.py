"""Uploads a run folder to a store while it grows: new bytes become immutable objects, then the index names them.

Files of lines (.jsonl) are only ever appended to, so their new bytes are uploaded, whole lines in objects of at most
PART_BYTES; every other file is uploaded anew when it changed. What is on disk is never changed, except that lines which
a power cut took from this disk come back from the store (`connect`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from harness.core.errors import LocalError
from harness.store.batches import FILE as BATCHES
from harness.store.leases import is_worker, segment_owner
from harness.store.log import last_line
from harness.store.remote.download import current_index
from harness.store.remote.link import FILE as LINK_FILE
from harness.store.remote.link import StoreLink
from harness.store.remote.node_index import IndexName, NodeIndex, Part, encode_index, index_names, next_index_name
from harness.store.remote.object_store import ObjectStore

PART_BYTES = 32 * 2**20
"""One request each: S3 takes up to 5 GB in one (AWS, "Amazon S3 multipart upload limits"), memory holds two of them."""

SMALL_PARTS = 16
"""So many objects below a 16th of PART_BYTES are joined to one: a file has at most 16 more than one for each 2 MB."""

_DERIVED = (".cache.", ".sqlite")
"""In names of files that each machine makes for itself."""


@dataclass(slots=True, kw_only=True)
class _FileState:
    """`parts`: uploaded objects. `start`: bytes before them, from other nodes. `seen`: size and time of the file."""

    parts: list[Part] = field(default_factory=list)
    start: int = 0
    seen: tuple[int, int] | None = None

    @property
    def end(self) -> int:
        """How many bytes of the file are in the store."""
        return self.start + sum(part.size for part in self.parts)


class RunUploader:
    """One folder's way into one store, as the node of its link. Not for use by two threads at once."""

    def __init__(self, folder: Path, link: StoreLink, store: ObjectStore, *, part_bytes: int = PART_BYTES) -> None:
        self.folder, self.link, self.store = folder, link, store
        self.may_restore = True
        self._part_bytes = part_bytes
        self._files = {name: _FileState(start=size) for name, size in link.base.items()}
        self._published: NodeIndex | None = None
        self._names: dict[str, list[IndexName]] = {}
        self._joined: set[Part] = set()
        self._others: list[NodeIndex] = []
        self._is_connected = False

    def connect(self) -> None:
        """Read what this node uploaded earlier and compare it with the folder.

        Lines that are in the store and no longer at the end of a file here are appended to it, while `may_restore`:
        nothing else may write then. Raises StoreError for a store that does not answer, LocalError where both hold
        different lines.
        """
        published, self._others = None, []
        self._names = index_names(self.store.names(f"{self.link.run}/nodes/{self._readable}/*.json"))
        for names in self._names.values():
            _, index = current_index(self.store, names)
            if index.run_id != self.link.run_id:
                raise LocalError(f"{self.link.run_address} is another run, of {index.node}")
            if index.node == self.link.node:
                published = index
            else:
                self._others.append(index)
        for file, parts in published.files.items() if published is not None else ():
            state = self._files.setdefault(file, _FileState(start=self.link.base.get(file, 0)))
            state.parts = self._held_parts(file, state.start, parts)
            path = self.folder / file
            if path.suffix != ".jsonl" and path.is_file() and _parts_of(path, parts) == parts:
                state.seen = _seen(path)
        self._published, self._is_connected = published, True

    def sync(self, *, min_bytes: int = 0, is_running: bool) -> None:
        """Upload what the folder has beyond the store, then the index. `min_bytes`: files with less to upload wait.

        Nothing waits where a batch took a step, for the provider works on it and bills it without this machine too.
        Raises StoreError where the store does not take it; a later call goes on from there.
        """
        if not self._is_connected:
            self.connect()
        if self._has_news_of(BATCHES):
            min_bytes = 0
        for name, path in self._own_files():
            if path.suffix == ".jsonl":
                self._append(name, path, min_bytes=min_bytes)
            elif min_bytes == 0:
                self._replace(name, path)
        files = {name: tuple(state.parts) for name, state in sorted(self._files.items()) if state.parts}
        self._publish(files, is_running=is_running)

    def refuse_stale(self) -> None:
        """Raises LocalError where another node has lines that this folder lacks: their jobs would be billed again.

        Goes by what `connect` found.
        """
        if is_worker(self.link.node):  # it continues nothing
            return
        known = self.link.base_nodes
        copies = (one for one in self._others if not one.is_worker)
        newer = [one.node for one in copies if one.lines_digest != known.get(one.node)]
        if newer:
            raise LocalError(
                f"{', '.join(newer)} resumed {self.link.run_address}, and this machine's copy lacks its answers. "
                f"Upload what only this copy has: harness runs push {self.folder}; move the folder away; resume with: "
                f"harness run --resume {self.link.run_address}"
            )

    def lost_sessions(self) -> list[NodeIndex]:
        """Of a fetched copy: the sessions before it that have not ended, whose disks may hold more than was uploaded.

        Goes by what `connect` found.
        """
        known = self.link.base_nodes
        return [one for one in self._others if one.node in known and one.is_running and not one.is_worker]

    def refuse_unknown_leases(self) -> None:
        """Raises LocalError where a worker's disk may hold answers to jobs that nobody here knows it was given.

        That is so in a fetched copy after a session was lost, whose leases.jsonl is as old as that session's last
        upload, while a worker has not ended. Goes by what `connect` found.
        """
        lost = [one.node for one in self.lost_sessions()]
        working = [one.node for one in self._others if one.node in self.link.base_nodes and one.is_running]
        working = [node for node in working if is_worker(node)]
        if lost and working:
            raise LocalError(
                f"{', '.join(lost)} did not end its session of {self.link.run_address}, so it is not known which jobs "
                f"{', '.join(working)} had: the disks of these workers may hold billed answers. Resume the run with "
                "their nodes in the cluster, or upload there: harness runs push FOLDER. Where a disk is gone, harness "
                f"run ... --reuse {self.folder} --name NEW takes over all answers that were uploaded"
            )

    def pending(self) -> dict[str, int]:
        """Bytes by file that are not in the store, as far as this object knows."""
        found = {}
        others = {name: sum(part.size for part in parts) for one in self._others for name, parts in one.files.items()}
        for name, path in run_files(self.folder):
            if segment_owner(name) not in (None, self.link.node):
                if path.stat().st_size > others.get(name, 0):
                    found[name] = path.stat().st_size - others.get(name, 0)
                continue
            size, state = path.stat().st_size, self._files.get(name, _FileState())
            missing = size if path.suffix != ".jsonl" and state.seen != _seen(path) else size - state.end
            if missing > 0:
                found[name] = missing
        return found

    def unstored(self) -> list[str]:
        """Files that the store does not hold whole: more is here, or an object is gone that an index names.

        Goes by what `connect` found and lists the run's objects. Raises StoreError where they cannot be listed.
        """
        found = set(self.pending())
        held = set(self.store.names(f"{self.link.run}/objects/{self._readable}/*"))
        for index in [*self._others, *([self._published] if self._published is not None else [])]:
            here = {name: parts for name, parts in index.files.items() if (self.folder / name).exists()}
            for name, parts in here.items():
                if any(part.object_name(self.link.run, index.node) not in held for part in parts):
                    found.add(name)
        return sorted(found)

    @property
    def _readable(self) -> str:
        """Whose indexes and objects matter here: a worker continues nothing of other nodes."""
        return self.link.node if is_worker(self.link.node) else "*"

    def _own_files(self) -> Iterator[tuple[str, Path]]:
        """What this node uploads: not the segments that came from workers, which uploaded them."""
        for name, path in run_files(self.folder):
            if segment_owner(name) in (None, self.link.node):
                yield name, path

    def _publish(self, files: dict[str, tuple[Part, ...]], *, is_running: bool) -> None:
        before = self._published
        if before is not None and before.files == files and before.is_running == is_running:
            return
        index = NodeIndex(
            run_id=self.link.run_id,
            node=self.link.node,
            harness_version=version("price-performance-harness"),
            updated_at=datetime.now(UTC),
            is_running=is_running,
            files=files,
        )
        data = encode_index(index)
        earlier = self._names.get(self.link.node, [])
        name = next_index_name(self.link.run, self.link.node, earlier[0] if earlier else None, data)
        self.store.put(str(name), data)
        self._published, self._names[self.link.node] = index, [name, *earlier]
        # Only now: a reader that has the old index finds an object missing and starts again from the new one.
        replaced = (self._joined if before is None else before.parts | self._joined) - index.parts
        self.store.delete([*map(str, earlier), *(part.object_name(self.link.run, self.link.node) for part in replaced)])
        self._names[self.link.node] = [name]
        self._joined.clear()

    def _has_news_of(self, name: str) -> bool:
        path = self.folder / name
        return path.is_file() and path.stat().st_size > self._files.get(name, _FileState()).end

    def _append(self, name: str, path: Path, *, min_bytes: int) -> None:
        state = self._files.setdefault(name, _FileState())
        end = path.stat().st_size - len(last_line(path))  # a line without its newline may still be on its way
        if end < state.end:
            raise LocalError(f"{path} holds fewer lines than its copy in {self.link.run_address}; resume the run")
        if end == state.end or end - state.end < min_bytes:
            return
        with path.open("rb") as file:
            file.seek(state.end)
            while (left := end - state.end) > 0:
                chunk = file.read(min(left, self._part_bytes))
                if len(chunk) < left:
                    chunk = chunk[: chunk.rfind(b"\n") + 1] or chunk  # whole lines, unless one is longer than a part
                state.parts.append(self._put(chunk))
                file.seek(state.end)
            self._join_small(state, file)

    def _join_small(self, state: _FileState, file: BinaryIO) -> None:
        """Put one object in the place of many small ones at the end: a slow run would get one a minute, for days."""
        small = 0
        while small < len(state.parts) and state.parts[-1 - small].size * SMALL_PARTS < self._part_bytes:
            small += 1
        if small < SMALL_PARTS:
            return
        size = sum(part.size for part in state.parts[-small:])
        file.seek(state.end - size)
        joined = self._put(file.read(size))
        self._joined.update(state.parts[-small:])
        state.parts[-small:] = [joined]

    def _replace(self, name: str, path: Path) -> None:
        state = self._files.setdefault(name, _FileState())
        seen = _seen(path)
        if seen == state.seen:
            return
        known, parts = set(state.parts), []
        with path.open("rb") as file:
            while chunk := file.read(self._part_bytes):
                part = Part(sha256=hashlib.sha256(chunk).hexdigest(), size=len(chunk))
                parts.append(part if part in known else self._put(chunk))
        state.parts, state.seen = parts, seen

    def _put(self, data: bytes) -> Part:
        part = Part(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        self.store.put(part.object_name(self.link.run, self.link.node), data)
        return part

    def _held_parts(self, file: str, start: int, parts: tuple[Part, ...]) -> list[Part]:
        """The parts that the folder still has, whole; lines that it lost are written back first."""
        path = self.folder / file
        if path.suffix != ".jsonl":
            return list(parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as local:
            local.seek(start)
            for part in parts:
                held = local.read(part.size)
                if hashlib.sha256(held).hexdigest() == part.sha256:
                    continue
                stored = self.store.get_checked(part.object_name(self.link.run, self.link.node), part.sha256)
                if not stored.startswith(held):
                    raise LocalError(f"{path} and its copy in {self.link.run_address} hold different lines")
                if not self.may_restore:
                    raise LocalError(f"{path} lacks lines that {self.link.run_address} has: stop the run and resume it")
                local.write(stored[len(held) :])  # a power cut took what was uploaded already
        return list(parts)


def run_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(path in the folder, file) of what is uploaded: all but locks, caches, indexes, unfinished files and the link."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_hidden = any(part.startswith(".") for part in Path(name).parts)
        if is_hidden or name == LINK_FILE or path.suffix == ".partial" or any(word in path.name for word in _DERIVED):
            continue
        if path.is_file():
            yield name, path


def _parts_of(path: Path, like: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts of a file, cut where those of its copy are."""
    with path.open("rb") as file:
        chunks = [file.read(part.size) for part in like]
        chunks += [rest] if (rest := file.read()) else []
    return tuple(Part(sha256=hashlib.sha256(chunk).hexdigest(), size=len(chunk)) for chunk in chunks)


def _seen(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
