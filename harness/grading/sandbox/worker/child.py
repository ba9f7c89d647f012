"""A forked sample as its parent sees it: whether it is over, what it uses, and its end.

It runs inside the sandbox, with the standard library only. Two ways to learn that a sample is over: a pidfd that wakes
the poll (Linux 5.3, pidfd_open(2)), else a look every 20 ms. CPU seconds are read on Linux only; elsewhere RLIMIT_CPU
holds, in whole seconds. Resident bytes on macOS come from libproc, which was never run.
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
    """A running sample. `is_portable`: supervised with what every Unix has."""

    def __init__(self, pid: int, *, is_portable: bool) -> None:
        self.pid = pid
        self.wake = None if is_portable else _pidfd(pid)
        self._reaped: tuple[int, resource.struct_rusage] | None = None

    def is_over(self, ready: set[int]) -> bool:
        """Whether it ended; `ready`: the descriptors that the last poll reported."""
        if self.wake is not None:
            return self.wake in ready
        if self._reaped is None:
            # The result is kept: a second wait for a reaped child raises ChildProcessError.
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            self._reaped = (status, usage) if pid else None
        return self._reaped is not None

    def cpu_s(self) -> float | None:
        """CPU seconds so far; None where only the limit of the process counts them."""
        if sys.platform != "linux":
            return None
        # Counts all threads, in nanoseconds. /proc/PID/stat would count in ticks, and bubblewrap mounts no /proc here.
        return time.clock_gettime((~self.pid << 3) | 2)  # CPUCLOCK_SCHED of a process, clock_getcpuclockid(3)

    def resident_bytes(self) -> int:
        """Memory it holds now; 0 where that cannot be read."""
        try:
            return _resident_macos(self.pid) if sys.platform == "darwin" else _resident_proc(self.pid)
        except OSError:
            return 0

    def end(self) -> tuple[int, resource.struct_rusage]:
        """Kill and reap it; its wait status and what it used."""
        if self._reaped is None:
            os.kill(self.pid, signal.SIGKILL)  # until it is reaped nobody else can get its pid
            _, status, usage = os.wait4(self.pid, 0)
            self._reaped = status, usage
        if self.wake is not None:
            os.close(self.wake)
            self.wake = None
        return self._reaped


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):  # another system, or an engine's own seccomp filter refuses it
        return None


def _resident_proc(pid: int) -> int:
    with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - pathlib would be one more import inside the sandbox
        return int(file.read().split()[1]) * _PAGE_BYTES


def _resident_macos(pid: int) -> int:
    buffer = ctypes.create_string_buffer(_RUSAGE_V0_BYTES)
    if ctypes.CDLL(None).proc_pid_rusage(pid, 0, buffer) != 0:
        raise OSError(f"proc_pid_rusage {pid}")
    found: int = struct.unpack_from("=Q", buffer.raw, _RESIDENT_AT)[0]
    return found
