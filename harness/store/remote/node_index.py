"""What one node has uploaded of a run: its files as lists of immutable objects, named by their checksums.

    RUN/objects/SHA256     bytes of a file, never changed
    RUN/nodes/NODE.json    the index: which objects make which file

An index is replaced in one write after the objects that it names. A reader starts from the indexes, so it never sees
half an upload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import LocalError

LAYOUT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One object: `size` bytes with that SHA-256, which is also its name."""

    sha256: str
    size: int

    def object_name(self, run: str) -> str:
        """Its name in the store."""
        return f"{run}/objects/{self.sha256}"


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


def index_name(run: str, node: str) -> str:
    """The name of a node's index in the store."""
    return f"{run}/nodes/{node}.json"


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
