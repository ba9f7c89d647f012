"""The judge's hold on one warm interpreter: start it behind a wall, run one sample at a time, say what ended it.

It stands outside the sandbox. Frames are read with a byte cap and a deadline; a body is JSON that is decoded here into
exact built-in values. Nothing a sample writes is executed, unpickled, or opened by name.

Covers: wall time, bytes of an answer and of the whole channel, the death of the warm interpreter (SandboxFailed, which
is never a sample's fault), the end of every process when the judge closes or dies.
Does NOT cover: what verdict follows (grading.code), the layers themselves (walls outside, inner inside), two samples at
once in one interpreter, programs that know the questions and answer from memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from harness.grading.sandbox.backends import containers
from harness.grading.sandbox.backends.launch import RunningBackend, SandboxBackend, launch, remove_work
from harness.grading.sandbox.libraries import NUMPY, UNITTESTED, library_places
from harness.grading.sandbox.lockdown.apply import HardLimits

_READY_WITHIN_S = 30.0
_OVER_WITHIN_S = 20.0
_DYING_S = 0.3
_LEAVING_S = 0.5
_CONTAINER_LEAVING_S = 15.0
_RECYCLED_AFTER = 500


class SandboxError(Exception):
    """The sandbox itself did not work: it says nothing about the program."""


class SampleEnded(Exception):
    """A sample gave no further answer: `by` is gone, wall, output or garbled; the report says more."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLimits:
    """What one sample may use. CPU seconds decide; wall seconds only catch a program that waits.

    `wall_s` is the time the judge waits for its answers; None: six times the CPU seconds and 10 more. Sizes in bytes.
    """

    cpu_s: float = 5.0
    wall_s: float | None = None
    memory_bytes: int = 1 << 30
    file_bytes: int = 48 << 20
    work_bytes: int = 64 << 20
    entries: int = 4096
    descriptors: int = 256
    threads: int = 256
    answer_bytes: int = 4 << 20
    channel_bytes: int = 64 << 20

    @property
    def deadline_s(self) -> float:
        """The wall seconds that hold."""
        return 6.0 * self.cpu_s + 10.0 if self.wall_s is None else self.wall_s

    def scaled(self, factor: float) -> ResourceLimits:
        """The same limits on a machine that needs `factor` times the CPU seconds."""
        wall_s = None if self.wall_s is None else self.wall_s * factor
        return replace(self, cpu_s=self.cpu_s * factor, wall_s=wall_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUsage:
    """How a sample ended. `by`: None where it was stopped after its last answer; else cpu, wall, memory, files,
    output, garbled, gone, exit, or signal with its name. `exit_code`: where it ended itself."""

    by: str | None
    cpu_s: float
    wall_s: float
    peak_bytes: int
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StdStreams:
    """Descriptors a sample gets as its standard input and output; None: nothing. Standard error joins if told."""

    stdin: int | None = None
    stdout: int | None = None
    joins_stderr: bool = False


class SampleRun:
    """One sample in the sandbox: frames to it and from it, until the deadline."""

    def __init__(self, channel: socket.socket, limits: ResourceLimits, wall_name: str) -> None:
        self.channel = channel
        self._wall_name = wall_name
        self._is_behind_the_wall = False
        self._limits = limits
        self.started = time.monotonic()
        self._left_s = limits.deadline_s
        self._received = 0
        self._buffer = bytearray()
        self.ended: str | None = None
        self.report: ResourceUsage | None = None

    def send(self, name: str, body: Mapping[str, object]) -> None:
        """Send one frame. Raises Ended when the sample does not take it."""
        self.forward(name, json.dumps(body, separators=(",", ":")).encode())

    def forward(self, name: str, text: bytes) -> None:
        """Send one frame whose body is JSON already. Raises Ended."""
        try:
            with self._on_the_clock():
                self.channel.sendall(len(text).to_bytes(4, "big") + name.encode() + text)
        except SampleEnded:
            if not self._is_behind_the_wall:
                self._await_ready()  # a sample that never got there failed for the sandbox's reasons
            raise

    def receive(self) -> tuple[str, bytes]:
        """The next frame's name and undecoded body. Raises Ended at the deadline, the byte caps or the stream's end.

        Raises SandboxFailed where the process did not get behind the wall: it says so before it reads a program.
        """
        if not self._is_behind_the_wall:
            self._await_ready()
        return self._frame()

    def _await_ready(self) -> None:
        try:
            kind, text = self._frame()
        except SampleEnded as ended:
            raise SandboxError(f"{self._wall_name}: the sample's process ended ({ended.by}) before it began") from None
        if kind != "R":
            raise SandboxError(f"{self._wall_name}: {self.decoded(text).get('message')}")
        self._is_behind_the_wall = True

    def _frame(self) -> tuple[str, bytes]:
        header = self._take(5)
        size = int.from_bytes(header[:4], "big")
        if size > self._limits.answer_bytes or self._received + size > self._limits.channel_bytes:
            raise self._end("output")
        return chr(header[4]), self._take(size)

    def ask(self, name: str, body: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
        """Send a frame and decode the answer. Raises Ended."""
        self.send(name, body)
        kind, text = self.receive()
        return kind, self.decoded(text)

    def decoded(self, text: bytes) -> Mapping[str, object]:
        """A frame's body as built-in values. Raises Ended where it is no JSON object."""
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            raise self._end("garbled") from None
        if not isinstance(body, dict):
            raise self._end("garbled")
        return body

    @contextmanager
    def _on_the_clock(self) -> Iterator[None]:
        """Only the time the judge waits for this sample counts. Raises Ended: used up, or the sample is gone."""
        began = time.monotonic()
        try:
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
        self.ended = self.ended or by
        return SampleEnded(by)


class Sandbox:
    """One warm interpreter behind one wall, started when first needed and again if it should die.

    `for_unittests`: with the libraries that unit tests use, where they are installed; in a container the image's own.

    To be used by one thread: with the thread that started it, bubblewrap ends too.
    """

    def __init__(self, wall: SandboxBackend, *, for_unittests: bool = False) -> None:
        self.wall = wall
        self._for_unittests = for_unittests
        self._started: RunningBackend | None = None
        self._nowhere = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self._number = 0

    def start(self) -> Mapping[str, object]:
        """Start the interpreter; its ready message. Raises SandboxFailed with what it said."""
        try:
            self._started = launch(self.wall, self._libraries(), for_unittests=self._for_unittests)
        except OSError as error:
            raise SandboxError(f"{self.wall.name}: {error}") from error
        ready = self._hear(_READY_WITHIN_S)
        if ready is None:
            said = self._last_words(self._started)
            self.stop()
            raise SandboxError(f"{self.wall.name}: did not start: {said or 'it said nothing'}")
        return ready

    def _libraries(self) -> list[str]:
        return library_places(UNITTESTED if self._for_unittests else NUMPY)

    def _last_words(self, started: RunningBackend) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.process.wait(timeout=_leaving_s(started))  # what it says last may still be on its way
        return started.last_words()

    def stop(self) -> None:
        """End the interpreter and everything it started."""
        started, self._started = self._started, None
        if started is None:
            return
        started.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # at the hang-up it cleans its work folder and leaves
            started.process.wait(timeout=_leaving_s(started))
        if started.container is not None and started.process.returncode != 0:
            assert self.wall.container is not None
            containers.remove(self.wall.container, started.container)
        started.process.kill()
        started.process.wait()
        started.said.close()
        if started.work is not None:
            remove_work(started.work)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        if self._nowhere >= 0:
            os.close(self._nowhere)
            self._nowhere = -1

    @contextmanager
    def run(
        self, limits: ResourceLimits, *, streams: StdStreams | None = None, preload: Sequence[str] = ()
    ) -> Iterator[SampleRun]:
        """A fresh process for one sample; over, with its report, when the block is left. Raises SandboxFailed."""
        if self._number % _RECYCLED_AFTER == _RECYCLED_AFTER - 1:
            self.stop()  # a new interpreter has another address layout
        if self._started is None:
            self.start()
        run = self._begin(limits, streams or StdStreams(), preload)
        try:
            yield run
        finally:
            self._finish(run)

    def _begin(self, limits: ResourceLimits, streams: StdStreams, preload: Sequence[str]) -> SampleRun:
        assert self._started is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._number += 1
        stdin = self._nowhere if streams.stdin is None else streams.stdin
        stdout = self._nowhere if streams.stdout is None else streams.stdout
        is_portable = self.wall.is_portable
        bounds = HardLimits(
            cpu_s=limits.cpu_s,
            memory_bytes=None if is_portable else limits.memory_bytes,
            file_bytes=limits.file_bytes,
            descriptors=limits.descriptors,
            threads=limits.threads if self.wall.counts_threads else None,
            cpu_slack_s=0 if is_portable else 1,
        )
        start = {
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "entries": limits.entries,
            "work_bytes": limits.work_bytes,
            "preload": list(preload),
            "stderr": streams.joins_stderr,
            "bounds": asdict(bounds),
        }
        try:
            self._started.control.send({"n": self._number, "start": start}, [theirs.fileno(), stdin, stdout])
        except OSError as error:
            ours.close()
            self.stop()
            raise SandboxError(f"{self.wall.name}: the interpreter is gone ({error})") from error
        finally:
            theirs.close()
        return SampleRun(ours, limits, self.wall.name)

    def _finish(self, run: SampleRun) -> None:
        """Stop the sample and take its report; restart later where the interpreter does not answer."""
        wall_s = time.monotonic() - run.started
        run.channel.close()
        report = self._hear(_DYING_S) if run.ended == "gone" else None  # its own end is told from being stopped
        if report is None:
            if self._started is not None:
                with contextlib.suppress(OSError):
                    self._started.control.send({"stop": self._number})
            report = self._hear(_OVER_WITHIN_S)
        if report is None or report.get("n") != self._number:
            self.stop()
            raise SandboxError(f"{self.wall.name}: the interpreter did not report on its sample")
        cpu_s, peak_bytes = report["cpu_s"], report["peak_bytes"]
        assert isinstance(cpu_s, float)
        assert isinstance(peak_bytes, int)
        status = int(str(report["status"]))
        by = _what_ended(run.ended, str(report["cause"]), status)
        code = os.WEXITSTATUS(status) if by == "exit" else None
        run.report = ResourceUsage(by=by, cpu_s=cpu_s, wall_s=wall_s, peak_bytes=peak_bytes, exit_code=code)

    def _hear(self, within_s: float) -> Mapping[str, object] | None:
        """The interpreter's next message; None where it is gone or silent."""
        if self._started is None:
            return None
        control = self._started.control
        if not control.has_message and not select.select([control], [], [], within_s)[0]:
            return None
        try:
            received = control.receive()
        except OSError:
            return None
        return None if received is None else received[0]


def _leaving_s(started: RunningBackend) -> float:
    return _LEAVING_S if started.container is None else _CONTAINER_LEAVING_S


def scratch(name: str) -> int:
    """A descriptor of a file without a name, for a sample's standard streams; in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _what_ended(seen: str | None, cause: str, status: int) -> str | None:
    """Join what the judge saw with what the supervisor did."""
    if cause in ("cpu", "memory", "files"):
        return cause
    if seen in ("wall", "output", "garbled"):
        return seen
    if cause == "exit" and seen is not None:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "cpu" if number == signal.SIGXCPU else f"signal {signal.Signals(number).name}"
        return "exit"
    return seen
