"""A pseudo terminal of a given width."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Mapping
from typing import Protocol

LABELS = ("acme/one", "openrouter/some-maker/some-model-with-a-long-name@high")

PART = 4096


class Terminal:
    """A pseudo-terminal that the command in this process takes for its own; `shown` keeps all that was written."""

    def __init__(self, columns: int) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding="utf-8")  # `shown` closes it
        self._parts: list[bytes] = []
        self._reader = threading.Thread(target=self._read)  # a terminal's buffer is small: unread, it blocks the writer
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the writer has closed it
            while part := os.read(self._master, PART):
                self._parts.append(part)
        os.close(self._master)

    def shown(self) -> str:
        """What was written to it, once the writer is done."""
        self.stream.close()
        self._reader.join()
        return b"".join(self._parts).decode().replace("\r\n", "\n")


class Screen(Protocol):
    """What a command writes to a terminal of that width."""

    def __call__(self, *words: str, columns: int, environ: Mapping[str, str] = ...) -> str:
        """Run it."""
        ...
