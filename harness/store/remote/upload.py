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

from harness.core.errors import LocalError
from harness.store.log import last_line
from harness.store.remote.link import FILE as LINK_FILE
from harness.store.remote.link import StoreLink
from harness.store.remote.node_index import NodeIndex, Part, decode_index, encode_index, index_name
from harness.store.remote.object_store import ObjectStore

PART_BYTES = 32 * 2**20
"""One request each: S3 takes up to 5 GB in one (AWS, "Amazon S3 multipart upload limits"), memory holds two of them."""


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
        self._part_bytes = part_bytes
        self._files = {name: _FileState(start=size) for name, size in link.base.items()}
        self._published: NodeIndex | None = None
        self._is_connected = False

    def connect(self) -> None:
        """Read what this node uploaded earlier and compare it with the folder.

        Lines that are in the store and no longer at the end of a file here are appended to it: call it while nothing
        else writes. Raises StoreError for a store that does not answer, LocalError where both hold different lines.
        """
        name = index_name(self.link.run, self.link.node)
        try:
            published = decode_index(self.store.get(name), f"{self.store.address}/{name}")
        except FileNotFoundError:
            self._refuse_other_run()
            published = None
        if published is not None and published.run_id != self.link.run_id:
            raise LocalError(f"{self.link.run_address} is another run")
        for file, parts in published.files.items() if published is not None else ():
            state = self._files.setdefault(file, _FileState(start=self.link.base.get(file, 0)))
            state.parts = self._held_parts(file, state.start, parts)
        self._published, self._is_connected = published, True

    def sync(self, *, min_bytes: int = 0, is_running: bool) -> None:
        """Upload what the folder has beyond the store, then the index. `min_bytes`: files with less to upload wait.

        Raises StoreError where the store does not take it; a later call goes on from there.
        """
        if not self._is_connected:
            self.connect()
        for name, path in run_files(self.folder):
            if path.suffix == ".jsonl":
                self._append(name, path, min_bytes=min_bytes)
            elif min_bytes == 0:
                self._replace(name, path)
        files = {name: tuple(state.parts) for name, state in sorted(self._files.items()) if state.parts}
        self._publish(files, is_running=is_running)

    def pending(self) -> dict[str, int]:
        """Bytes by file that are not in the store, as far as this object knows."""
        found = {}
        for name, path in run_files(self.folder):
            size, state = path.stat().st_size, self._files.get(name, _FileState())
            missing = size if path.suffix != ".jsonl" and state.seen != _seen(path) else size - state.end
            if missing > 0:
                found[name] = missing
        return found

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
        self.store.put(index_name(self.link.run, self.link.node), encode_index(index))
        self._published = index
        if before is not None:
            # Only after the new index is in place: a reader that has the old one starts again from the new one.
            self.store.delete(part.object_name(self.link.run) for part in before.parts - index.parts)

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
        self.store.put(part.object_name(self.link.run), data)
        return part

    def _refuse_other_run(self) -> None:
        """Raises LocalError where the place in the store belongs to another run."""
        for name in self.store.names(f"{self.link.run}/nodes/*.json"):
            other = decode_index(self.store.get(name), f"{self.store.address}/{name}")
            if other.run_id != self.link.run_id:
                raise LocalError(f"{self.link.run_address} is another run, of {other.node}")

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
                stored = self.store.get_checked(part.object_name(self.link.run), part.sha256)
                if not stored.startswith(held):
                    raise LocalError(f"{path} and its copy in {self.link.run_address} hold different lines")
                local.write(stored[len(held) :])  # a power cut took what was uploaded already
        return list(parts)


def run_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(path in the folder, file) of what is uploaded: all but locks, caches, unfinished files and the link."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_hidden = any(part.startswith(".") for part in Path(name).parts)
        if is_hidden or name == LINK_FILE or path.suffix == ".partial" or ".cache." in path.name:
            continue
        if path.is_file():
            yield name, path


def _seen(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
