"""Rows of a JSONL file or pipe, one at a time as they come, and results written the same way.

A line that cannot be read is passed on with its error, so that one of them does not end the rest. Gzip is recognised by
its first bytes, on a pipe too.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import GzipFile
from io import BufferedReader
from typing import IO

from harness.core.errors import DataError, UsageError
from harness.core.labels import closest_names

Row = Mapping[str, object]

_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
_GZIP = b"\x1f\x8b"
_SHOWN = 40


class InvalidRow(ValueError):
    """One row cannot be used; the words say what was found and what is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonlLine:
    """One line that is not blank, counted from 1; `complaint` where it holds no JSON object, and then no row."""

    number: int
    row: Row = field(default_factory=dict)
    error: str | None = None


@contextmanager
def lines_of(path: str) -> Iterator[Iterator[JsonlLine]]:
    """The lines of the file, or of standard input for `-`, read as they are asked for.

    Raises UsageError for a file that cannot be opened; the lines raise DataError where it breaks off or is no text.
    """
    if path == "-":
        # Not sys.stdin.buffer, nor closed: a thread that still waits in it would hold up the interpreter's end.
        yield _lines(open(sys.stdin.fileno(), "rb", closefd=False), "standard input")  # noqa: SIM115
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115, PTH123 - closed below; pathlib would read "" as the folder
    except OSError as error:
        raise UsageError(f"cannot read {path or 'a file without a name'}: {error.strerror or error}") from error
    with stream:
        yield _lines(stream, path)


def _lines(stream: BufferedReader, where: str) -> Iterator[JsonlLine]:
    number = 0
    try:
        source: IO[bytes] | GzipFile = GzipFile(fileobj=stream) if stream.peek(2)[:2] == _GZIP else stream
        for number, raw in enumerate(source, 1):
            if number == 1 and b"\0" in raw:
                raise DataError(f"{where} is not text; accepted: JSONL, gzipped or not")
            if raw.strip():
                yield _line(number, raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{where} breaks off after line {number}: {error}") from error
    if number == 0:
        raise DataError(f"{where} is empty; accepted: one JSON object a line")


def _line(number: int, raw: bytes) -> JsonlLine:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        start = raw[:_SHOWN].decode("utf-8", "backslashreplace").rstrip()
        return JsonlLine(number=number, error=f"no JSON ({error}); the line begins with {start!r}")
    if not isinstance(row, dict):
        return JsonlLine(number=number, error=f"{kind_of(row)}; accepted: a JSON object")
    return JsonlLine(number=number, row=row)


def kind_of(value: object) -> str:
    """What a JSON value is, for a message."""
    return _KINDS.get(type(value), "a number")


def text_of(row: Row, name: str) -> str:
    """A field that must be a text. Raises InvalidRow where it is missing or something else."""
    if name not in row:
        raise InvalidRow(f"no field {name!r}; {closest_names(name, row, what='fields of this line')}")
    value = row[name]
    if not isinstance(value, str):
        raise InvalidRow(f"{name!r} is {kind_of(value)}; accepted: a text")
    return value


def text_or_number_of(row: Row, name: str) -> str:
    """A field that must be a text or a number, as text. Raises InvalidRow where it is missing or something else."""
    value = row.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return text_of(row, name)


def write_row(row: Row) -> None:
    """One line on standard output, at once. A half of a surrogate pair is written as JSON's own escape."""
    line = json.dumps(row, ensure_ascii=False)
    print(line.encode("utf-8", "backslashreplace").decode(), flush=True)
