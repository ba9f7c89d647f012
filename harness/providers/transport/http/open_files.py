"""Room for many connections in the kernel's table of this process's open files."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
from pathlib import Path

MOST_FILES = 4096
"""A table for so many takes 33 KB of the kernel's memory."""


def make_room() -> None:
    """Have the kernel make its table of open files large enough now, where nothing is timed yet.

    Else it doubles the table while connections are opened (at the 64th file, the 256th, the 512th). In a process with
    threads the call that opens that file then waits 10 to 20 ms for all cores, and the event loop with it
    (`expand_fdtable` in Linux's fs/file.c, read 2026-11).
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if limit == resource.RLIM_INFINITY else min(limit, MOST_FILES)
    with contextlib.suppress(OSError), Path(os.devnull).open("rb") as file:
        os.close(fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, most - 1))
