"""batches.jsonl: the batches of a run at its providers, each step written and synced before the next one is taken.

A batch is planned (with the attempts in it), prepared (what a provider holds of it costs nothing yet), started (the
provider works on it) and closed (every attempt in it has its outcome in the call log). One that was prepared and not
started was interrupted: only the provider knows whether it works on it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter, ValidationError

from harness.core.errors import LocalError
from harness.store.log import read_lines, repair_tail

FILE = "batches.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlanned:
    """A batch is about to be made of these attempts, each as (key of the job, number of the attempt)."""

    batch: int
    at: datetime
    label: str
    tag: str
    attempts: tuple[tuple[str, int], ...]
    kind: Literal["planned"] = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPrepared:
    """The provider is about to be told to start; `reference`: what it holds so far, such as the id of a file."""

    batch: int
    at: datetime
    reference: str
    kind: Literal["prepared"] = "prepared"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStarted:
    """The provider works on it under this id."""

    batch: int
    at: datetime
    id: str
    kind: Literal["started"] = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClosed:
    """Every attempt of it has its outcome in the call log; `words`: how it ended."""

    batch: int
    at: datetime
    words: str
    kind: Literal["closed"] = "closed"


BatchLine: TypeAlias = BatchPlanned | BatchPrepared | BatchStarted | BatchClosed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBatch:
    """One batch of a run as its lines tell. `reference`, `id` None: not so far; `ended`: how, None while it is open."""

    plan: BatchPlanned
    prepared_at: datetime | None = None
    reference: str | None = None
    id: str | None = None
    ended: str | None = None


@cache
def _adapter() -> TypeAdapter[BatchLine]:
    return TypeAdapter(Annotated[BatchLine, Discriminator("kind")])


class BatchJournal:
    """The batches of one run: what its file says, and further steps."""

    def __init__(self, run: Path) -> None:
        """Raises LocalError for a damaged file."""
        self._path = run / FILE
        self.batches: dict[int, RunBatch] = {}
        for number, line in _read(self._path):
            self._check(number, line)
            self._take(line)

    @property
    def open_batches(self) -> list[RunBatch]:
        """Those that are not closed, the oldest first."""
        return [one for one in self.batches.values() if one.ended is None]

    @property
    def open_attempts(self) -> frozenset[tuple[str, int]]:
        """The attempts in batches that are not closed, as (key of the job, number of the attempt)."""
        return frozenset(name for one in self.open_batches for name in one.plan.attempts)

    @property
    def next_number(self) -> int:
        """The number of a new batch, from 1."""
        return max(self.batches, default=0) + 1

    def add(self, line: BatchLine) -> RunBatch:
        """Write and sync a step; returns the batch as it is now. Raises LocalError where the disk refuses."""
        data = _adapter().dump_json(line) + b"\n"
        try:
            repair_tail(self._path)
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(file, view) :]
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise LocalError(f"cannot write {self._path}: {error.strerror or error}") from error
        return self._take(line)

    def _check(self, number: int, line: BatchLine) -> None:
        """Raises LocalError for a step of no batch, or a second batch of the number of an open one."""
        known = self.batches.get(line.batch)
        if not isinstance(line, BatchPlanned):
            wrong = f"batch {line.batch} is {line.kind} and was not planned" if known is None else ""
        elif known is not None and known.ended is None and known.plan != line:
            wrong = (
                f"two machines gave the number {line.batch} to batches of their own, {known.plan.tag} and {line.tag}"
            )
        else:
            wrong = ""
        if wrong:
            raise LocalError(
                f"{self._path}:{number}: {wrong}; accepted: a file in which each batch begins with its own plan. "
                "Nothing is sent, because a batch could be sent twice"
            )

    def _take(self, line: BatchLine) -> RunBatch:
        match line:
            case BatchPlanned():
                one = RunBatch(plan=line)
            case BatchPrepared():
                one = replace(self.batches[line.batch], reference=line.reference, prepared_at=line.at)
            case BatchStarted():
                one = replace(self.batches[line.batch], id=line.id)
            case BatchClosed():
                one = replace(self.batches[line.batch], ended=line.words)
        self.batches[line.batch] = one
        return one


def _read(path: Path) -> Iterator[tuple[int, BatchLine]]:
    """(number of the line in the file, the line)."""
    if not path.exists():
        return
    for number, line in read_lines(path):
        try:
            yield number, _adapter().validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise LocalError(
                f"{path}:{number}: {first['msg']}; without that line a batch could be sent twice"
            ) from error
