"""One running sample as its client outside sees it: frames to it and from it, until a limit or the stream's end.

A frame is four bytes of length (big-endian), one byte that names it and a JSON body. Lengths and waiting are bounded,
and a body is decoded into exact built-in values: nothing a sample writes is executed, unpickled or opened by name.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from harness.grading.sandbox.limits import ResourceLimits, ResourceUsage


class SandboxError(Exception):
    """The sandbox itself did not work: it says nothing about the program."""


class SampleEnded(Exception):
    """A sample gave no further answer. `by`: gone, wall, output or garbled; its ResourceUsage says more."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class SampleRun:
    """The channel of one sample. `report` is set once it is over (Sandbox.run)."""

    def __init__(self, channel: socket.socket, limits: ResourceLimits, backend_name: str) -> None:
        self.channel = channel
        self._backend_name = backend_name
        self._is_ready = False
        self._limits = limits
        self.started = time.monotonic()
        # One allowance for the whole sample, not per call: a program of 100 calls could wait 100 deadlines otherwise.
        self._left_s = limits.deadline_s
        self._received = 0
        self._buffer = bytearray()
        self.ended: str | None = None
        self.report: ResourceUsage | None = None

    @property
    def waited_s(self) -> float:
        """Seconds that the client has waited for this sample."""
        return self._limits.deadline_s - self._left_s

    def send(self, name: str, body: Mapping[str, object]) -> None:
        """Send one frame. Raises SampleEnded when the sample does not take it."""
        self.forward(name, json.dumps(body, separators=(",", ":")).encode())

    def forward(self, name: str, text: bytes) -> None:
        """Send one frame whose body is JSON already. Raises SampleEnded."""
        try:
            with self._on_the_clock():
                self.channel.sendall(len(text).to_bytes(4, "big") + name.encode() + text)
        except SampleEnded:
            if not self._is_ready:
                self._await_ready()  # a sample that never got there failed for the sandbox's reasons
            raise

    def receive(self) -> tuple[str, bytes]:
        """The next frame's name and undecoded body. Raises SampleEnded at a limit or at the stream's end.

        Raises SandboxError where the process did not complete its lockdown: it says so before it reads a program.
        """
        if not self._is_ready:
            self._await_ready()
        return self._frame()

    def _await_ready(self) -> None:
        try:
            kind, text = self._frame()
        except SampleEnded as ended:
            raise SandboxError(
                f"{self._backend_name}: the sample's process ended ({ended.by}) before it began"
            ) from None
        if kind != "R":
            raise SandboxError(f"{self._backend_name}: {self.decoded(text).get('message')}")
        self._is_ready = True

    def _frame(self) -> tuple[str, bytes]:
        header = self._take(5)
        size = int.from_bytes(header[:4], "big")
        # Refused by its announced length, before a byte of it is buffered: the header alone may claim 4 GiB.
        if size > self._limits.answer_bytes or self._received + size > self._limits.channel_bytes:
            raise self._end("output")
        return chr(header[4]), self._take(size)

    def ask(self, name: str, body: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
        """Send a frame and decode the answer. Raises SampleEnded."""
        self.send(name, body)
        kind, text = self.receive()
        return kind, self.decoded(text)

    def decoded(self, text: bytes) -> Mapping[str, object]:
        """A frame's body as built-in values. Raises SampleEnded where it is no JSON object."""
        try:
            body = json.loads(text)
        # json raises RecursionError for "[[[[..." of some thousand brackets.
        except (ValueError, RecursionError):
            raise self._end("garbled") from None
        if not isinstance(body, dict):
            raise self._end("garbled")
        return body

    @contextmanager
    def _on_the_clock(self) -> Iterator[None]:
        """Count only the time that the client waits for this sample, not its own work or another sample's."""
        began = time.monotonic()
        try:
            # settimeout(0) would make the socket non-blocking and raise BlockingIOError, an OSError that reads as
            # "gone".
            self.channel.settimeout(max(self._left_s, 0.001))
            yield
        except TimeoutError:
            raise self._end("wall") from None
        except OSError:
            raise self._end("gone") from None
        finally:
            self._left_s -= time.monotonic() - began
        if self._left_s < 0:
            raise self._end("wall")

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            with self._on_the_clock():
                part = self.channel.recv(1 << 16)
            if not part:
                raise self._end("gone")
            self._received += len(part)
            self._buffer += part
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _end(self, by: str) -> SampleEnded:
        # The first reason stays: after "wall" the channel is closed, and reading on would report "gone".
        self.ended = self.ended or by
        return SampleEnded(by)
