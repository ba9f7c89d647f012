"""What `harness report`, `compare` and `claims` take on a run of very many jobs, from the log and from the cache.

    python -m benchmarks.large_reports --jobs 200000

Runs core-math and core-code on simulated models, multiplies that run (benchmarks.large_run), and prints CPU seconds and
peak memory of each command: the first time, when the log is decoded, and again, when the columnar cache is read.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.report.render.lines import align_columns
from harness.report.run_data.cache import FILE
from harness.run.execution import keep_resume_cache
from harness.run.execution.resume_cache import FILE as RESUME_CACHE

COMMANDS = (["report"], ["compare"], ["claims"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = large_run(Path(folder), arguments.jobs)
        rows = [measured(command, large) for command in COMMANDS]
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return
    head = ["command", "from the log, CPU s", "MB", "from the cache, CPU s", "MB"]
    print("\n".join(align_columns([head, *([str(value) for value in row.values()] for row in rows)])))


def large_run(place: Path, jobs: int) -> Path:
    """A simulated run made in that folder and multiplied to that many jobs: 1,000,000 take 20 to 60 s and 3.5 GB."""
    small = ["run", "core-math", "core-code", "-m", "@sim", "--results", str(place), "--name", "small", "--quiet"]
    child_cpu([sys.executable, "-m", "harness", *small])
    large = place / "large"
    child_cpu([sys.executable, "-m", "benchmarks.large_run", str(place / "small"), str(large), "--jobs", str(jobs)])
    return large


@contextlib.contextmanager
def without_last_jobs(run: Path, share: float) -> Iterator[None]:
    """Within it the log and the grades of a run lack that share of their lines."""
    paths, rests = [run / "calls-0.jsonl", run / "grades.jsonl"], []
    for path in paths:
        with path.open("r+b") as file:
            file.seek(int(path.stat().st_size * (1 - share)))
            file.readline()
            end = file.tell()
            rests.append(file.read())
            file.truncate(end)
    yield
    for path, rest in zip(paths, rests, strict=True):
        with path.open("ab") as file:
            file.write(rest)


def kill(run: Path) -> None:
    """Leave the resume cache that a run killed at its least favourable moment leaves: a quarter of the jobs is new."""
    (run / RESUME_CACHE).unlink(missing_ok=True)
    with without_last_jobs(run, 0.2):
        child_cpu([sys.executable, "-m", keep_resume_cache.__name__, str(run), "0", str(os.getpid())])
    assert (run / RESUME_CACHE).exists()


def measured(command: list[str], run: Path) -> dict[str, object]:
    """CPU seconds and peak MB of a command on a run: from its log alone, and again from the cache that this leaves."""
    (run / FILE).unlink(missing_ok=True)
    words = [sys.executable, "-m", "harness", *command, str(run), "--format", "json"]
    first, second = child_cpu(words), child_cpu(words)
    return {
        "command": command[0],
        "log_cpu_s": first[0],
        "log_mb": first[1],
        "cache_cpu_s": second[0],
        "cache_mb": second[1],
    }


def child_cpu(words: list[str]) -> tuple[float, int]:
    """CPU seconds and peak MB of a command."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(words)} ended with {child.returncode}")
    return round(used.ru_utime + used.ru_stime, 1), used.ru_maxrss // 1024


if __name__ == "__main__":
    main()
