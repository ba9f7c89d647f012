"""When the kernel received the bytes of a read: right even where the event loop comes to read them late.

Linux stamps packets as they arrive and hands the stamp over beside the bytes (SO_TIMESTAMPNS; of TCP since Linux 4.14,
Documentation/networking/timestamping.rst, read 2026-11). Where there is no stamp, the moment of the read has to do.
Bytes of several packets in one read have the stamp of the last.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time
from collections.abc import Sequence

_TIMESTAMPNS = 35
"""Which the socket module does not name; the same on x86-64 and ARM."""
_STAMP = struct.Struct("qq")
_SPACE = socket.CMSG_SPACE(_STAMP.size)
_LONGEST_S = 60.0
"""A stamp of longer ago tells of a clock that was set meanwhile: stamps are of the clock of the day."""


class StampedSocket(socket.socket):
    """A socket that asks for the stamps while `is_asked`, which costs 2 us a read.

    `arrived_s`: when the last bytes of the last such read had come, by `time.perf_counter`; None where nobody says.
    """

    is_asked = False
    arrived_s: float | None = None

    def prepare(self) -> None:
        """Have the kernel keep stamps, if it can."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                self.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)

    def recv_into(self, buffer: bytearray | memoryview, nbytes: int = 0, flags: int = 0) -> int:  # type: ignore[override]
        """Called by asyncio's transport."""
        if not self.is_asked:
            return super().recv_into(buffer, nbytes, flags)
        size, ancillary, _, _ = self.recvmsg_into([buffer], _SPACE, flags)
        age_s = (time.time_ns() - _stamp_ns(ancillary)) / 1e9
        self.arrived_s = time.perf_counter() - age_s if 0.0 <= age_s < _LONGEST_S else None
        return size


def _stamp_ns(ancillary: Sequence[tuple[int, int, bytes]]) -> int:
    """The kernel's stamp by the clock of the day; 0 where there is none."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _TIMESTAMPNS and len(data) == _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack(data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return 0
