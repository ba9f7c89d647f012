"""The grades of a run by key, read from their file when they are asked for: some 25 bytes a grade in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from harness.store.codec import GradeLine, decode, encode
from harness.store.key_table import KEY_BYTES, KeyTable
from harness.store.outcome_fields import GradeFields, GradeLineFields, decode_grade_fields, grade_fields
from harness.store.run_dir import RunDir

PLACE_BYTES = 6
"""Of where a line starts: files of up to 280 TB."""
_KEY_START = b'{"key":"'
_KEY_END = len(_KEY_START) + 2 * KEY_BYTES
READ_BYTES = 16_384
"""Read at once: some thirty lines."""


class GradeIndex:
    """The grade in force by key: that of the last line. A damaged line is left out: grading again is free."""

    def __init__(self, file: BinaryIO | None) -> None:
        # Not mapped into memory: every page that was looked at would count as this process's.
        self._file = -1 if file is None else file.fileno()
        self._read, self._read_from = b"", 0
        self._places = self._index(file, decodes_all=False)

    def get(self, key: str) -> GradeFields | None:
        """The grade of a job; None where it has none."""
        place = self._places.get(key)
        if not place:
            return None
        found = _fields(self._line_at(place - 1))
        if found is None or found.key != key:  # an earlier line counts instead
            with os.fdopen(os.dup(self._file), "rb") as file:
                self._places = self._index(file, decodes_all=True)
            place = self._places.get(key)
            found = _fields(self._line_at(place - 1)) if place else None
        return None if found is None else found.grade

    def _index(self, file: BinaryIO | None, *, decodes_all: bool) -> KeyTable:
        """Where the last line of each key starts, plus one; by the beginnings of lines, unless all is decoded."""
        places, start = KeyTable(number_bytes=PLACE_BYTES), 0
        if file is not None:
            file.seek(0)
        for line in file or ():
            key: str | None = None
            if not decodes_all and line.startswith(_KEY_START) and line[_KEY_END : _KEY_END + 2] == b'",':
                key = line[len(_KEY_START) : _KEY_END].decode("latin-1")
            elif (found := _fields(line.removesuffix(b"\n"))) is not None:
                key = found.key
            if key is not None:
                with suppress(ValueError):  # a damaged key
                    places.put(key, start + 1)
            start += len(line)
        return places

    def _line_at(self, start: int) -> bytes:
        """The line that starts there. Grades lie nearly in the order of the answers, so most are in what was read."""
        at = start - self._read_from
        end = self._read.find(b"\n", at) if 0 <= at < len(self._read) else -1
        if end >= 0:
            return self._read[at:end]
        size = READ_BYTES
        while True:
            self._read_from = max(0, start - size // 4)
            self._read = os.pread(self._file, size, self._read_from)
            at = start - self._read_from
            end = self._read.find(b"\n", at)
            if end >= 0:
                return self._read[at:end]
            if len(self._read) < size:  # fewer bytes than asked for: the file ends there
                return self._read[at:]
            size *= 4


@contextmanager
def grade_index(run: RunDir) -> Iterator[GradeIndex]:
    """The grades of a run as they are now."""
    if not run.grades_path.exists():
        yield GradeIndex(None)
        return
    with run.grades_path.open("rb") as file:
        yield GradeIndex(file)


def _fields(line: bytes) -> GradeLineFields | None:
    found = decode_grade_fields(line)
    if found is not None:
        return found
    try:
        return grade_fields(encode(decode(GradeLine, line)))  # of an earlier schema
    except ValueError:
        return None
