"""The control channel between a client and its fork server: JSON objects, one per line, with descriptors attached.

Both ends use it, so it needs the standard library only. It never carries what a program sent; the frames of a sample's
own channel are in worker/sample.py and sample_run.py. A stream may join several messages in one read (macOS has no
sequenced packets), with descriptors that belong to a later one of them: each message says how many are its own.
"""

from __future__ import annotations

import array
import json
import socket
from collections.abc import Mapping, Sequence

# A sequenced packet that is longer than the buffer is cut off by the kernel (recv(2), MSG_TRUNC).
_MAX_BYTES = 1 << 16
_MAX_DESCRIPTORS = 3  # of a sample: its channel, its standard input, its standard output


class ControlChannel:
    """One end. `takes_descriptors`: the fork server's; the client's end takes none, whatever it is sent."""

    def __init__(self, end: socket.socket, *, takes_descriptors: bool = False) -> None:
        self._end = end
        # The client passes 0: a compromised fork server could otherwise fill the harness's descriptor table with its
        # own.
        size = socket.CMSG_SPACE(_MAX_DESCRIPTORS * array.array("i").itemsize)
        self._ancillary_bytes = size if takes_descriptors else 0
        self._pending = b""
        self._descriptors: list[int] = []

    @property
    def has_message(self) -> bool:
        """Whether a message was read already: waiting for the socket would not show it."""
        return b"\n" in self._pending

    def fileno(self) -> int:
        """For poll and select."""
        return self._end.fileno()

    def close(self) -> None:
        """Hang up."""
        self._end.close()

    def send(self, message: Mapping[str, object], descriptors: Sequence[int] = ()) -> None:
        """Send one message. Raises OSError when the other side is gone."""
        text = json.dumps({**message, "descriptors": len(descriptors)}).encode() + b"\n"
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        # On a stream sendmsg may send a part; descriptors go with its first byte (unix(7)), so the rest goes without
        # them.
        sent = self._end.sendmsg([text], ancillary)
        if sent < len(text):
            self._end.sendall(text[sent:])

    def receive(self) -> tuple[Mapping[str, object], list[int]] | None:
        """The next message and its descriptors; None when the other side has hung up. Raises OSError, ValueError."""
        while not self.has_message:
            # Received descriptors close on exec: CPython sets MSG_CMSG_CLOEXEC where it exists (PEP 446).
            data, ancillary, _, _ = self._end.recvmsg(_MAX_BYTES, self._ancillary_bytes)
            if not data:
                return None
            self._pending += data
            found = array.array("i")
            for _, _, body in ancillary:
                found.frombytes(body)
            self._descriptors += found
        line, _, self._pending = self._pending.partition(b"\n")
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError(f"a message that is no object: {line[:60]!r}")
        count = int(message.pop("descriptors"))
        taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        return message, taken
