"""The control channel between the judge and a warm interpreter: JSON objects, one a line, descriptors beside them.

Both ends use it, so inside the sandbox it needs the standard library only. It never carries what a program sent.
Covers: several messages in one read (a stream joins them, and macOS has no sequenced packets), descriptors that belong
to a later message of that read.
Does NOT cover: deadlines (the callers wait), and the frames of a sample's own channel (sample, judge).
"""

from __future__ import annotations

import array
import json
import socket
from collections.abc import Mapping, Sequence

_MAX_BYTES = 1 << 16
_MAX_DESCRIPTORS = 3


class ControlChannel:
    """One end. `takes_descriptors`: the warm interpreter's; the judge's end takes none, whatever it is sent."""

    def __init__(self, end: socket.socket, *, takes_descriptors: bool = False) -> None:
        self._end = end
        room = socket.CMSG_SPACE(_MAX_DESCRIPTORS * array.array("i").itemsize)
        self._room = room if takes_descriptors else 0
        self._pending = b""
        self._descriptors: list[int] = []

    @property
    def has_message(self) -> bool:
        """Whether a message was read already; nothing would be seen of it by waiting for the socket."""
        return b"\n" in self._pending

    def fileno(self) -> int:
        """For poll and select."""
        return self._end.fileno()

    def close(self) -> None:
        """Hang up."""
        self._end.close()

    def send(self, message: Mapping[str, object], descriptors: Sequence[int] = ()) -> None:
        """Send one message. Raises OSError when the other side is gone."""
        text = json.dumps({**message, "handed": len(descriptors)}).encode() + b"\n"
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        sent = self._end.sendmsg([text], beside)
        if sent < len(text):
            self._end.sendall(text[sent:])

    def receive(self) -> tuple[Mapping[str, object], list[int]] | None:
        """The next message and its descriptors; None when the other side has hung up. Raises OSError, ValueError."""
        while not self.has_message:
            data, beside, _, _ = self._end.recvmsg(_MAX_BYTES, self._room)
            if not data:
                return None
            self._pending += data
            found = array.array("i")
            for _, _, body in beside:
                found.frombytes(body)
            self._descriptors += found
        line, _, self._pending = self._pending.partition(b"\n")
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError(f"a message that is no object: {line[:60]!r}")
        count = int(message.pop("handed"))
        taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        return message, taken
