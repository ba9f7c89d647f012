"""How far a file has been read, and the digest of those bytes: what is derived from a file that grows is bound to it.

Not by size and time of change: whoever edits or replaces a file can keep both. Hashing takes 0.5 s of CPU per GB
(SHA-256 with the processor's instructions for it).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

_READ_BYTES = 1 << 20


class FilePrefix(msgspec.Struct, frozen=True):
    """The first `size` bytes of a file, with the `lines` that end in them; `ends_line`: whether the last byte does."""

    name: str
    size: int
    lines: int
    ends_line: bool
    sha256: bytes


class FileDigest:
    """Takes in a file block by block. `ends_line`: whether the bytes so far end with a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = self.lines = 0
        self.ends_line = True
        self._sha256 = hashlib.sha256()

    def add(self, block: bytes) -> None:
        """Take in the next bytes."""
        self.size += len(block)
        self.lines += block.count(b"\n")
        self.ends_line = block.endswith(b"\n")
        self._sha256.update(block)

    @property
    def prefix(self) -> FilePrefix:
        """What has been taken in."""
        return FilePrefix(self.path.name, self.size, self.lines, self.ends_line, self._sha256.digest())

    @classmethod
    def matching(cls, path: Path, held: FilePrefix, *, may_grow: bool) -> FileDigest | None:
        """The digest to go on with, where the file still begins with these bytes; None where it does not.

        A file may have grown since, where that is said and its last line was whole: else that line may have changed.
        """
        size = path.stat().st_size
        if path.name != held.name or size < held.size or (size > held.size and not (may_grow and held.ends_line)):
            return None
        found = cls(path)
        with path.open("rb", buffering=0) as file:
            while found.size < held.size and (block := file.read(min(_READ_BYTES, held.size - found.size))):
                found.add(block)
        return found if found.prefix == held else None
