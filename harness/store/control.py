"""control.jsonl: what `harness control` asked of a run in progress, and what the run did; both stay as a record.

Each command and each reply is one line, appended in one write. A run reads the commands that were added since its
session began.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter, ValidationError

from harness.core.errors import LocalError

FILE = "control.jsonl"

Action: TypeAlias = Literal["pause", "resume", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCommand:
    """What is asked of some models of a run. `limit`: most requests in flight; None takes an earlier limit back."""

    id: str
    at: datetime
    action: Action
    models: tuple[str, ...]
    limit: int | None = None
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlReply:
    """What the run did about the command `id`: one text for each model."""

    id: str
    at: datetime
    done: tuple[str, ...]
    kind: Literal["reply"] = "reply"


ControlLine: TypeAlias = ControlCommand | ControlReply


@cache
def _adapter() -> TypeAdapter[ControlLine]:
    return TypeAdapter(Annotated[ControlLine, Discriminator("kind")])


def append_control(run: Path, line: ControlLine) -> None:
    """Add a line to a run's file. Raises LocalError where it cannot be written."""
    path = run / FILE
    try:
        # O_APPEND: position and write are one step (open(2)), so a command and a reply at once do not overwrite each
        # other.
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, _adapter().dump_json(line) + b"\n")
        finally:
            os.close(file)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error


class ControlReader:
    """Reads the lines that are added to a run's file after this object was made."""

    def __init__(self, run: Path) -> None:
        self._path = run / FILE
        self._read_to = self._size()

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def new_lines(self) -> Iterator[ControlLine]:
        """The lines that were finished since the last call; what is no line of this file is passed over."""
        if self._size() <= self._read_to:
            return
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_to)
                added = file.read()
        except OSError:
            return  # it is there at the next call
        # A line that is still being written is read at the next call.
        whole = added[: added.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.splitlines():
            try:
                yield _adapter().validate_json(line)
            except ValidationError:
                continue
