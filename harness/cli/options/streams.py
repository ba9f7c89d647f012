"""Standard output and error that nobody reads, that are closed or full: a command still does its work to the end."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

GONE = frozenset({errno.EPIPE, errno.ESHUTDOWN, errno.ECONNRESET, errno.EIO})
"""The reader left, or the terminal: nobody wants the rest."""


class ForgivingFile(io.FileIO):
    """A file descriptor whose failed writes are dropped; `error` keeps the first that is not a reader's leaving."""

    error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what can be written; the rest counts as written."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in GONE:
                self.error = self.error or error
            return memoryview(data).nbytes


def guard_standard_streams() -> ForgivingFile:
    """Put forgiving streams in the place of standard output and error; returns the file of standard output.

    A closed descriptor is opened on the null device first, so that no file of a run can get its number.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    output, errors = ForgivingFile(1, "w", closefd=False), ForgivingFile(2, "w", closefd=False)
    sys.stdout, sys.stderr = _text(output, sys.stdout), _text(errors, sys.stderr)
    return output


def _text(file: ForgivingFile, former: TextIO | None) -> TextIO:
    """A text stream on the file, in the encoding of the former one; what that cannot write is escaped."""
    is_terminal = file.isatty() or file.fileno() == 2
    encoding = "utf-8" if former is None else former.encoding
    buffered = io.BufferedWriter(file)
    return io.TextIOWrapper(buffered, encoding=encoding, errors="backslashreplace", line_buffering=is_terminal)
