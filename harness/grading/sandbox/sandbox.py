"""The client of one fork server: start it in a backend, run one sample at a time, report what ended it.

It runs outside. A fork server that dies raises SandboxError, which is never the sample's fault; every process ends when
the client closes or dies. One sample at a time runs in a fork server. A program that knows the tests' inputs and
answers from memory cannot be told apart.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from harness.grading.sandbox.backends import containers
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.backends.launch import RunningBackend, launch, remove_work
from harness.grading.sandbox.extension import NO_EXTENSION, WorkerExtension
from harness.grading.sandbox.limits import ResourceLimits, ResourceUsage, StdStreams
from harness.grading.sandbox.lockdown.apply import HardLimits
from harness.grading.sandbox.sample_run import SampleRun, SandboxError

# All generous, so that a busy machine fails nothing: they end a fork server that is dead, never a sample.
_READY_WITHIN_S = 30.0
_REPORT_WITHIN_S = 20.0
_EXIT_SEEN_WITHIN_S = 0.3
_LEAVES_WITHIN_S = 0.5
_CONTAINER_LEAVES_WITHIN_S = 15.0
_RECYCLED_AFTER = 500
"""Samples of one fork server: its children share one address layout, which a program could learn and use."""


class Sandbox:
    """One fork server in one backend, started when first needed and again if it should die.

    `extension`: what another package adds to it. To be used by one thread: bubblewrap ends with the thread that
    started it (PR_SET_PDEATHSIG, prctl(2)).
    """

    def __init__(self, backend: SandboxBackend, extension: WorkerExtension = NO_EXTENSION) -> None:
        self.backend = backend
        self._extension = extension
        self._started: RunningBackend | None = None
        self._dev_null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self._number = 0

    def start(self) -> Mapping[str, object]:
        """Start the fork server; its ready message. Raises SandboxError with what it printed."""
        try:
            self._started = launch(self.backend, self._extension)
        except OSError as error:
            raise SandboxError(f"{self.backend.name}: {error}") from error
        # No answer and end-of-file are one case here: both mean that the backend does not work, and stderr says why.
        ready = self._next_message(_READY_WITHIN_S)
        if ready is None:
            printed = self._last_words(self._started)
            self.stop()
            raise SandboxError(f"{self.backend.name}: did not start: {printed or 'it said nothing'}")
        return ready

    def _last_words(self, started: RunningBackend) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.process.wait(timeout=_leaves_within_s(started))  # what it says last may still be on its way
        return started.printed()

    def stop(self) -> None:
        """End the fork server and everything it started."""
        started, self._started = self._started, None
        if started is None:
            return
        # Hanging up is the order to leave: it also reaches a fork server whose client was killed with SIGKILL.
        started.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # at the hang-up it cleans its work folder and leaves
            started.process.wait(timeout=_leaves_within_s(started))
        # Killing `docker run` leaves its container running: the engine, not this client, is its parent.
        if started.container is not None and started.process.returncode != 0:
            assert self.backend.container is not None
            containers.remove(self.backend.container, started.container)
        # Harmless for one that has ended: Popen does not signal a process that it has reaped already.
        started.process.kill()
        started.process.wait()
        started.stderr.close()
        if started.work is not None:
            remove_work(started.work)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        if self._dev_null >= 0:
            os.close(self._dev_null)
            self._dev_null = -1

    @contextmanager
    def run(
        self, limits: ResourceLimits, *, streams: StdStreams | None = None, preload: Sequence[str] = ()
    ) -> Iterator[SampleRun]:
        """A fresh process for one sample; over, with its report, when the block is left. Raises SandboxError."""
        if self._number % _RECYCLED_AFTER == _RECYCLED_AFTER - 1:
            self.stop()
        if self._started is None:
            self.start()
        run = self._begin(limits, streams or StdStreams(), preload)
        try:
            yield run
        finally:
            self._finish(run)

    def _begin(self, limits: ResourceLimits, streams: StdStreams, preload: Sequence[str]) -> SampleRun:
        assert self._started is not None
        # A fresh pair for each sample: bytes that one wrote and nobody read cannot be read as the next one's answer.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._number += 1
        stdin = self._dev_null if streams.stdin is None else streams.stdin
        stdout = self._dev_null if streams.stdout is None else streams.stdout
        start = {
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "entries": limits.entries,
            "work_bytes": limits.work_bytes,
            "preload": list(preload),
            "stderr": streams.joins_stderr,
            "bounds": asdict(self._hard_limits(limits)),
        }
        try:
            self._started.control.send({"n": self._number, "start": start}, [theirs.fileno(), stdin, stdout])
        except OSError as error:
            ours.close()
            self.stop()
            raise SandboxError(f"{self.backend.name}: the fork server is gone ({error})") from error
        finally:
            theirs.close()
        return SampleRun(ours, limits, self.backend.name)

    def _hard_limits(self, limits: ResourceLimits) -> HardLimits:
        is_portable = self.backend.is_portable
        return HardLimits(
            cpu_s=limits.cpu_s,
            memory_bytes=None if is_portable else limits.memory_bytes,
            file_bytes=limits.file_bytes,
            descriptors=limits.descriptors,
            threads=limits.threads if self.backend.counts_threads else None,
            cpu_slack_s=0 if is_portable else 1,
        )

    def _finish(self, run: SampleRun) -> None:
        """Stop the sample and take its report. Raises SandboxError where the fork server does not answer."""
        wall_s = time.monotonic() - run.started
        # The channel closes first: a sample that blocks in writing ends by itself, and its thread of the client is
        # free.
        run.channel.close()
        # A sample that closed its channel is mostly about to exit: its own end is told apart from being stopped.
        report = self._next_message(_EXIT_SEEN_WITHIN_S) if run.ended == "gone" else None
        if report is None:
            if self._started is not None:
                with contextlib.suppress(OSError):
                    self._started.control.send({"stop": self._number})
            report = self._next_message(_REPORT_WITHIN_S)
        # A report with another number would give this sample the CPU and memory of an earlier one.
        if report is None or report.get("n") != self._number:
            self.stop()
            raise SandboxError(f"{self.backend.name}: the fork server did not report on its sample")
        cpu_s, peak_bytes = report["cpu_s"], report["peak_bytes"]
        assert isinstance(cpu_s, float)
        assert isinstance(peak_bytes, int)
        status = int(str(report["status"]))
        by = _ended_by(run.ended, str(report["cause"]), status)
        idle_s = float(str(report["idle_s"])) - max(wall_s - run.waited_s, 0.0)  # while we waited for it
        # A program that sleeps or waits for input is at fault itself; one that a busy machine gave no CPU is not.
        if by == "wall" and idle_s > run.waited_s / 2:
            by = "idle"
        code = os.WEXITSTATUS(status) if by == "exit" else None
        run.report = ResourceUsage(by=by, cpu_s=cpu_s, wall_s=wall_s, peak_bytes=peak_bytes, exit_code=code)

    def _next_message(self, within_s: float) -> Mapping[str, object] | None:
        """The fork server's next message; None where it is gone or silent."""
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


def _leaves_within_s(started: RunningBackend) -> float:
    return _LEAVES_WITHIN_S if started.container is None else _CONTAINER_LEAVES_WITHIN_S


def scratch(name: str) -> int:
    """A descriptor of a file without a name, for a sample's standard streams; in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _ended_by(seen: str | None, cause: str, status: int) -> str | None:
    """Join what the client saw with what the fork server did."""
    # What the fork server measured goes first: a sample that it ended for CPU looks like "gone" from outside.
    if cause in ("cpu", "memory", "files"):
        return cause
    # Before "exit": a sample may leave on its own between the client's decision and the stop that follows it.
    if seen in ("wall", "output", "garbled"):
        return seen
    if cause == "exit" and seen is not None:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "cpu" if number == signal.SIGXCPU else f"signal {signal.Signals(number).name}"
        return "exit"
    return seen
