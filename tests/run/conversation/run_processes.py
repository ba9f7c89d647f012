"""`harness run` as a process of its own, ended or killed with its group."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from harness.core.errors import EXIT_OK
from harness.core.types import Completion
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine
from harness.store.run_dir import RunDir
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
NEW = ("--results", "runs", "--name", "a")


@contextlib.contextmanager
def running(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A `harness run` in a process group of its own, ended with the block."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "harness", "run", *words, "--quiet"]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def finish(folder: Path, *words: str) -> RunDir:
    """The run `runs/a` of a process that ends by itself."""
    with running(folder, *words) as process:
        _, said = process.communicate()
    assert process.returncode == EXIT_OK, said
    return RunDir.open(folder / "runs" / "a")


def answers(run: RunDir) -> list[OutcomeLine]:
    """The lines of answers, of all turns."""
    return [line for line in call_lines(run) if isinstance(line, OutcomeLine) and isinstance(line.attempt, Completion)]


def finish_after_kills(folder: Path, *words: str, kills: int, every: int) -> tuple[RunDir, int]:
    """A run whose process is killed after each `every` answers; the run, and how many were killed."""
    path = folder / "runs" / "a"

    def count() -> int:
        return len(answers(RunDir.open(path))) if (path / "manifest.json").exists() else 0

    def has_more(process: subprocess.Popen[str], before: int) -> bool:
        return process.poll() is not None or count() >= before + every

    killed = 0
    for _ in range(kills):
        with running(folder, *words) as process:
            wait_until(partial(has_more, process, count()), f"{every} answers more")
            killed += process.poll() is None
        words = ("--resume", "runs/a")
    return finish(folder, *words), killed
