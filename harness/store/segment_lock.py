"""Which segments of a run are still written to, by the worker processes that the lock of the run does not cover.

A worker holds a lock on its segment while it lives. The kernel gives it back when the process ends, however it ends
(flock(2)), also on another node of a shared file system: so a free lock proves that a lost worker sends nothing more.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import LocalError


@contextmanager
def held_segment(path: Path) -> Iterator[None]:
    """Hold a segment, making the file where there is none. Raises LocalError when another process holds it."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise LocalError(f"cannot open {path} for writing: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(f"{path} is written by another process") from None
        yield
    finally:
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether a process writes to the segment."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:  # not begun
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def held_among(paths: Iterable[Path]) -> list[Path]:
    """Those of the segments that a process writes to."""
    return [path for path in paths if is_held(path)]
