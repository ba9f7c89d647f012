"""What one node has uploaded of a run: its files as lists of immutable objects, named by their checksums.

    RUN/objects/NODE/SHA256           bytes of a file, never changed, deleted by their node alone
    RUN/nodes/NODE/NUMBER-SHA.json    the index: which objects make which file

An index is written after the objects that it names, and never changed: the next one has the next number. A reader takes
the last one whose checksum fits its name, so it never sees half an upload.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import LocalError
from harness.store.leases import is_worker

LAYOUT_VERSION = 1
DIGEST_CHARS = 16
_INDEX = re.compile(rf"([^/]+)/nodes/([^/]+)/([0-9]{{8}})-([0-9a-f]{{{DIGEST_CHARS}}})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One object: `size` bytes with that SHA-256, which is also its name."""

    sha256: str
    size: int

    def object_name(self, run: str, node: str) -> str:
        """Its name in the store."""
        return f"{run}/objects/{node}/{self.sha256}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIndex:
    """The files of a run that one node has uploaded, by their path in the run folder; a file is its parts in order.

    `run_id`: the same on all nodes of a run. `is_running`: the node was at work when this was written.
    """

    layout: int = LAYOUT_VERSION
    run_id: str
    node: str
    harness_version: str
    updated_at: datetime
    is_running: bool
    files: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    @property
    def parts(self) -> frozenset[Part]:
        """All objects that it names."""
        return frozenset(part for parts in self.files.values() for part in parts)

    @property
    def is_worker(self) -> bool:
        """Whether it is of a worker with a disk of its own, which uploads its segment and nothing else."""
        return is_worker(self.node)

    @property
    def lines_digest(self) -> str:
        """The same for two indexes that name the same lines of calls, grades and the like."""
        return lines_digest(self.files)


def lines_digest(files: Mapping[str, tuple[Part, ...]]) -> str:
    """The digest of the lines of calls, grades and the like among files by name."""
    lines = {name: parts for name, parts in files.items() if name.endswith(".jsonl")}
    return hashlib.sha256(repr(sorted(lines.items())).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexName:
    """Where one index of a node is. `digest`: the beginning of its SHA-256."""

    run: str
    node: str
    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.run}/nodes/{self.node}/{self.number:08}-{self.digest}.json"

    def fits(self, data: bytes) -> bool:
        """Whether these bytes are that index, whole."""
        return hashlib.sha256(data).hexdigest().startswith(self.digest)


def next_index_name(run: str, node: str, last: IndexName | None, data: bytes) -> IndexName:
    """The name of the index with these bytes that follows the last one."""
    digest = hashlib.sha256(data).hexdigest()[:DIGEST_CHARS]
    return IndexName(run=run, node=node, number=0 if last is None else last.number + 1, digest=digest)


def index_names(names: Iterable[str]) -> dict[str, list[IndexName]]:
    """By node the indexes among the names of objects, the last one first; other names are passed over."""
    found = [
        IndexName(run=match[1], node=match[2], number=int(match[3]), digest=match[4])
        for match in map(_INDEX.fullmatch, names)
        if match is not None
    ]
    found.sort(key=lambda one: one.number, reverse=True)
    return {node: [one for one in found if one.node == node] for node in sorted({one.node for one in found})}


@cache
def _adapter() -> TypeAdapter[NodeIndex]:
    return TypeAdapter(NodeIndex)


def encode_index(index: NodeIndex) -> bytes:
    """The index as indented JSON."""
    return _adapter().dump_json(index, indent=1) + b"\n"


def decode_index(text: bytes, name: str) -> NodeIndex:
    """Raises LocalError for what is no index of this layout; `name` says where it is."""
    try:
        index = _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise LocalError(f"{name} is no index of a run: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if index.layout != LAYOUT_VERSION:
        raise LocalError(f"{name}: layout {index.layout}; this version reads layout {LAYOUT_VERSION}")
    for file in index.files:
        if Path(file).is_absolute() or ".." in Path(file).parts:
            raise LocalError(f"{name} names {file!r}, which is no file of a run folder")
    return index
