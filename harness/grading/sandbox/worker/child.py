"""A forked sample as its parent holds it: whether it is over, what it uses, and its end.

Until it is reaped its number stays ours, so that a signal can hit nobody else. It runs inside the sandbox, with the
standard library only. Two ways to learn that it is over: a pidfd that wakes the poll (Linux), else a look every 20 ms.

Covers: exit, CPU seconds (Linux; elsewhere RLIMIT_CPU holds, in whole seconds), resident bytes (/proc, and libproc on
macOS, which was never run). Does NOT cover: when to end it and why (warm), children of its own (it can have none).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
import time

_PAGE_BYTES = resource.getpagesize()
_RUSAGE_V0_BYTES, _RESIDENT_AT = 96, 64  # struct rusage_info_v0 of libproc: 16 bytes, then ten 64-bit numbers


class ForkedSample:
    """A running sample. `is_portable`: held by what every Unix has."""

    def __init__(self, pid: int, *, is_portable: bool) -> None:
        self.pid = pid
        self.wake = None if is_portable else _pidfd(pid)
        self._reaped: tuple[int, resource.struct_rusage] | None = None

    def is_over(self, ready: set[int]) -> bool:
        """Whether it ended; `ready`: the descriptors that the last poll reported."""
        if self.wake is not None:
            return self.wake in ready
        if self._reaped is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            self._reaped = (status, usage) if pid else None
        return self._reaped is not None

    def cpu_s(self) -> float:
        """CPU seconds so far; 0 where only the limit of the process counts them."""
        if sys.platform != "linux":
            return 0.0
        return time.clock_gettime((~self.pid << 3) | 2)  # the kernel's number for the CPU clock of another process

    def resident_bytes(self) -> int:
        """Memory it holds now; 0 where that cannot be read."""
        try:
            return _resident_macos(self.pid) if sys.platform == "darwin" else _resident_proc(self.pid)
        except OSError:
            return 0

    def end(self) -> tuple[int, resource.struct_rusage]:
        """Kill and reap it; its wait status and what it used."""
        if self._reaped is None:
            os.kill(self.pid, signal.SIGKILL)  # not reaped: the number is still its own
            _, status, usage = os.wait4(self.pid, 0)
            self._reaped = status, usage
        if self.wake is not None:
            os.close(self.wake)
            self.wake = None
        return self._reaped


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):  # not of this system, or refused by an engine's own filter
        return None


def _resident_proc(pid: int) -> int:
    with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - pathlib would be one more import inside the sandbox
        return int(file.read().split()[1]) * _PAGE_BYTES


def _resident_macos(pid: int) -> int:
    room = ctypes.create_string_buffer(_RUSAGE_V0_BYTES)
    if ctypes.CDLL(None).proc_pid_rusage(pid, 0, room) != 0:
        raise OSError(f"proc_pid_rusage {pid}")
    found: int = struct.unpack_from("=Q", room.raw, _RESIDENT_AT)[0]
    return found
