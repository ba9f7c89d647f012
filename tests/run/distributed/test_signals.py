"""Ctrl-C, SIGTERM and SIGKILL of a session whose workers do its jobs: real processes, real signals."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.kills import check_run
from benchmarks.simulated_runs import logged_bytes
from benchmarks.worker_runs import workers_of
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK
from harness.store.resume import completed_jobs
from harness.store.run_dir import RunDir
from tests.waiting import wait_until

PROVIDERS = """\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {max_concurrency: 8, max_attempts: 8}
    models:
      slow:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.8, answer_tokens: {median: 20}, ttft_s: {median: 0.6, spread: 0.1}, tokens_per_s: 5000,
                   seed: 1}
"""
SAMPLES, REPEATS = 60, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder with a run, started and resumed with these options."""

    folder: Path
    options: tuple[str, ...]

    @property
    def run(self) -> Path:
        return self.folder / "r"

    @property
    def said(self) -> str:
        return (self.folder / "stderr").read_text()

    def start(self) -> subprocess.Popen[str]:
        """A new session, in a process group of its own as a shell makes one."""
        what = ["core-math", "-m", "sim/slow", "--limit", str(SAMPLES), "--repeats", str(REPEATS)]
        what += ["--results", ".", "--name", "r"]
        if self.run.exists():
            what = ["--resume", "r"]
        (self.folder / "providers.yaml").write_text(PROVIDERS)
        words = [sys.executable, "-m", "harness", "run", *what, "--quiet", *self.options]
        with (self.folder / "stderr").open("w") as errors:
            return subprocess.Popen(
                words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=errors, text=True, start_new_session=True
            )

    def end_with(self, *signals: int) -> int:
        """A session that gets these signals once it has answers; its exit code."""
        size = logged_bytes(self.run) + 8_000
        process = self.start()
        wait_until(lambda: logged_bytes(self.run) > size or process.poll() is not None, "answers")
        for number, kind in enumerate(signals):
            assert process.poll() is None, self.said
            if number:  # two that come at once are one to the process
                wait_until(lambda: "stopping" in self.said or process.poll() is not None, "the first signal is seen")
            if kind == signal.SIGINT:  # a terminal sends it to all that run in front
                os.killpg(process.pid, kind)
            else:
                process.send_signal(kind)
        code = process.wait(200)
        wait_until(lambda: not workers_of(self.run), "all workers have ended")
        wait_until(lambda: not _processes_of(process.pid), "all processes of the session have ended")
        return code

    def unknown(self) -> int:
        """Attempts that were sent and have no outcome. Raises LocalError for a segment that cannot be read."""
        return len(completed_jobs(RunDir.open(self.run)).unknown)


def _processes_of(session: int) -> list[str]:
    """What still runs of a session of the kernel, which everything belongs to that a session of a run has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[3]) == session:
                found.append((path / "cmdline").read_text())
    return found


@pytest.mark.slow(50)
@pytest.mark.parametrize("options", [("--workers", "2"), ("--engine", "ray", "--workers", "2")], ids=["local", "ray"])
def test_a_session_of_workers_ends_by_signals_and_is_resumed(tmp_path: Path, options: tuple[str, ...]) -> None:
    place = Place(folder=tmp_path, options=options)

    assert place.end_with(signal.SIGINT) == EXIT_INCOMPLETE
    assert "resume with: harness run --resume" in place.said
    assert place.unknown() == 0  # what was in flight was waited for

    assert place.end_with(signal.SIGTERM, signal.SIGINT) == EXIT_INCOMPLETE
    assert "resume with: harness run --resume" in place.said

    _kill_session(place)
    assert place.start().wait(200) == EXIT_OK, place.said
    check_run(
        RunDir.open(place.run), jobs=SAMPLES * REPEATS
    )  # nothing sent again after its outcome, dollars those of the ledger


def _kill_session(place: Place) -> None:
    """Kill the process that the user started, and no other: its workers end by themselves."""
    size = logged_bytes(place.run) + 4_000
    process = place.start()
    wait_until(lambda: logged_bytes(place.run) > size or process.poll() is not None, "answers")
    process.kill()
    assert process.wait(200) == -signal.SIGKILL
    wait_until(lambda: not workers_of(place.run), "all workers have ended")
