"""The objects of a store as files that DuckDB opens: read in chunks, with the tries and checks of ObjectStore."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import fsspec
from fsspec.spec import AbstractBufferedFile

from harness.store.remote.object_store import ObjectStore

PROTOCOL = "harness"
CHUNK_BYTES = 4 * 2**20
"""Read at once: a column of a block of jobs is some KB, and a request for each would take longer than other bytes."""
MAX_CHUNKS = 16
"""Held at a time: more than what the columns of a million jobs lie in."""


class ObjectFiles(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Read only. `requests`, `bytes_read`: made and received so far."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, store: ObjectStore, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        super().__init__()
        self._store = store
        self._chunk_bytes = chunk_bytes
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._chunks: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self.requests = self.bytes_read = 0

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Name, size and type. Raises FileNotFoundError where there is no such object."""
        name = self._strip_protocol(path)
        if name not in self._sizes:
            self._sizes[name] = self._store.size(name)
        return {"name": name, "size": self._sizes[name], "type": "file"}

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        """The one object of that name."""
        found = self.info(path)
        return [found if detail else found["name"]]

    def modified(self, path: str) -> datetime:
        """The same for all: what is read here is never changed."""
        return datetime(2026, 1, 1, tzinfo=UTC)

    def _open(self, path: str, mode: str = "rb", **options: Any) -> AbstractBufferedFile:
        return _ObjectFile(self, path, mode=mode, cache_type="none", size=self.info(path)["size"])

    def read_range(self, name: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`. Raises StoreError where the store does not give them."""
        first = start // self._chunk_bytes
        chunks = [self._chunk(name, number) for number in range(first, (max(start, end - 1)) // self._chunk_bytes + 1)]
        return b"".join(chunks)[start - first * self._chunk_bytes : end - first * self._chunk_bytes]

    def _chunk(self, name: str, number: int) -> bytes:
        with self._lock:  # DuckDB reads with several threads, which want the same chunk
            return self._held_chunk(name, number)

    def _held_chunk(self, name: str, number: int) -> bytes:
        if (name, number) not in self._chunks:
            start = number * self._chunk_bytes
            data = self._store.get_range(name, start, min(start + self._chunk_bytes, self.info(name)["size"]))
            self.requests, self.bytes_read = self.requests + 1, self.bytes_read + len(data)
            self._chunks[name, number] = data
            if len(self._chunks) > MAX_CHUNKS:
                self._chunks.popitem(last=False)
        self._chunks.move_to_end((name, number))
        return self._chunks[name, number]


class _ObjectFile(AbstractBufferedFile):  # type: ignore[misc]  # fsspec has no types
    def _fetch_range(self, start: int, end: int) -> bytes:
        files: ObjectFiles = self.fs
        return files.read_range(self.path, start, end)
