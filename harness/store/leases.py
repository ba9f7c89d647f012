"""Segments that workers write on disks of their own: their names, and which positions were leased to each.

    calls-7.HOST-1A2B3C4D.jsonl   the segment of worker 7, on that node
    leases.jsonl                  a line a block: its positions; a last line once the segment is whole in this folder

A position whose segment is not whole here may have an answer that only its node holds: nobody sends it again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.core.errors import LocalError
from harness.store.log import read_lines, repair_tail

FILE = "leases.jsonl"
PLAN = ".plan"
"""In what a node without the run's folder keeps of a run: the folder of the manifest and the samples."""
_SEGMENT = re.compile(r"calls-(0|[1-9][0-9]*)(?:\.([A-Za-z0-9-]+))?\.jsonl")


def segment_name(number: int, node: str) -> str:
    """The name of the segment of a worker on a node with a disk of its own."""
    return f"calls-{number}.{re.sub(r'[^A-Za-z0-9]+', '-', node).strip('-')}.jsonl"


def segment_number(name: str) -> int | None:
    """The number in a segment's name; None for a file that only looks like one, such as a copy."""
    match = _SEGMENT.fullmatch(name)
    return None if match is None else int(match[1])


def segment_owner(name: str) -> str | None:
    """The worker of a segment on its own disk, `NODE.NUMBER`, as the store names it; None for every other file."""
    match = _SEGMENT.fullmatch(name)
    return None if match is None or match[2] is None else f"{match[2]}.{match[1]}"


def is_worker(node: str) -> bool:
    """Whether a name of a node in a store is a worker's, `NODE.NUMBER`; a copy of a run has a name without a dot."""
    return "." in node


def is_node_folder(path: Path) -> bool:
    """Whether a folder is what a node without the run's folder keeps of a run."""
    return (path / PLAN).is_dir()


class LeaseJournal:
    """The file of one run folder. A line is on disk before what it says is done."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._is_repaired = False

    def note_lease(self, segment: str, positions: Iterable[int]) -> None:
        """Note that a worker is about to be given these positions."""
        self._append({"segment": segment, "positions": _ranges(positions)})

    def note_whole(self, segment: str) -> None:
        """Note that a segment will not grow any more, and that this folder has all of it."""
        self._append({"segment": segment, "is_whole": True})

    def _append(self, entry: Mapping[str, object]) -> None:
        try:
            if not self._is_repaired and self._path.exists():
                repair_tail(self._path)
            self._is_repaired = True
            with self._path.open("ab", buffering=0) as file:
                file.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
                os.fsync(file.fileno())
        except OSError as error:
            raise LocalError(f"cannot write {self._path}: {error.strerror or error}") from error


def open_leases(folder: Path) -> dict[str, list[int]]:
    """By segment that is not whole in this folder the positions leased to it. Raises LocalError for a damaged file."""
    path = folder / FILE
    found: dict[str, list[int]] = {}
    if not path.exists():
        return found
    for number, line in read_lines(path):
        try:
            entry = json.loads(line)
            segment = str(entry["segment"])
            if entry.get("is_whole"):
                found.pop(segment, None)
            else:
                ranges = [(int(first), int(last)) for first, last in entry["positions"]]
                found.setdefault(segment, []).extend(at for first, last in ranges for at in range(first, last + 1))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LocalError(f"{path}:{number}: no lease: {line[:60]!r}") from error
    return found


def leased_segments(folder: Path) -> set[str]:
    """The names of all segments that were leased anything, whole or not."""
    path = folder / FILE
    return {json.loads(line)["segment"] for _, line in read_lines(path)} if path.exists() else set()


def _ranges(positions: Iterable[int]) -> list[list[int]]:
    """The positions as [first, last] of those that follow one another."""
    found: list[list[int]] = []
    for position in positions:
        if found and found[-1][1] == position - 1:
            found[-1][1] = position
        else:
            found.append([position, position])
    return found
