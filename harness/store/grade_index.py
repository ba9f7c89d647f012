"""The grades of a run by key, read from their file when they are asked for: some 25 bytes a grade in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from harness.store.codec import GradeLine, decode, encode
from harness.store.key_table import KeyTable
from harness.store.outcome_fields import GradeFields, GradeLineFields, decode_grade_fields, grade_fields
from harness.store.run_dir import RunDir

PLACE_BYTES = 6
"""Of where a line starts: files of up to 280 TB."""
READ_BYTES = 1024
"""Read at once: most lines are shorter."""


class GradeIndex:
    """The grade in force by key: that of the last line. A damaged line is left out: grading again is free."""

    def __init__(self, file: BinaryIO | None) -> None:
        # Not mapped into memory: every page that was looked at would count as this process's.
        self._file = -1 if file is None else file.fileno()
        self._places = KeyTable(number_bytes=PLACE_BYTES)
        start = 0
        for line in file or ():
            found = _fields(line.removesuffix(b"\n"))
            if found is not None:
                self._places.put(found.key, start + 1)
            start += len(line)

    def get(self, key: str) -> GradeFields | None:
        """The grade of a job; None where it has none."""
        place = self._places.get(key)
        if not place:
            return None
        size = READ_BYTES
        line = os.pread(self._file, size, place - 1)
        while b"\n" not in line and len(line) == size:  # fewer bytes than asked for: the file ends there
            size *= 4
            line = os.pread(self._file, size, place - 1)
        found = _fields(line.partition(b"\n")[0])
        return None if found is None else found.grade


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
