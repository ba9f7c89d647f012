"""Memory of a run of very many jobs while it goes on: whether it grows with the jobs that are done.

    python -m benchmarks.run_memory --jobs 1000000 --seconds 60

Starts `harness run` on 10,000 sums asked again and again, 1,000 at once, against the answer server; ends it after so
many seconds; and prints jobs done and resident MB of its process by time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.aiohttp_loop import prompt
from benchmarks.measured_run import PROVIDERS, Load, answer_server

SAMPLES, AT_ONCE = 10_000, 1_000
LOAD = Load(requests=0, at_once=AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Of a run that goes on: jobs whose grade is written, resident MB of its process."""

    jobs: int
    mb: float


def moments(jobs: int, seconds: float) -> list[Moment]:
    """A run of so many jobs, looked at every second until its end or until so many seconds have passed."""
    with tempfile.TemporaryDirectory() as folder, answer_server(LOAD) as url:
        place = Path(folder)
        lines = (
            json.dumps({"id": str(number), "prompt": prompt(number), "answer": str(number + 7)})
            for number in range(SAMPLES)
        )
        (place / "sums.jsonl").write_text("\n".join(lines) + "\n")
        (place / "providers.yaml").write_text(PROVIDERS.format(url=url, at_once=AT_ONCE, stream="false"))
        words = [sys.executable, "-m", "harness", "run", "sums.jsonl", "--grader", "math", "-m", "bench/mock"]
        words += ["--quiet", "--temperature", "0.5", "--max-tokens", "200", "--name", "r", "--results", "."]
        words += ["--providers", "providers.yaml", "--repeats", str(-(-jobs // SAMPLES))]
        environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        with subprocess.Popen(
            words, cwd=place, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            found = _watched(child, place / "r" / "grades.jsonl", seconds)
            child.kill()
        return found


def _watched(child: subprocess.Popen[bytes], grades: Path, seconds: float) -> list[Moment]:
    found, done, place, until = [], 0, 0, time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < until:
        time.sleep(1)
        if grades.exists():
            with grades.open("rb") as file:
                file.seek(place)
                while block := file.read(1 << 20):
                    done, place = done + block.count(b"\n"), place + len(block)
        pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1])
        found.append(Moment(jobs=done, mb=pages * os.sysconf("SC_PAGE_SIZE") / 2**20))
    return found


def main() -> None:
    """Print the moments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    for second, moment in enumerate(moments(arguments.jobs, arguments.seconds), 1):
        print(f"{second:4} s  {moment.jobs:9,} jobs  {moment.mb:7.1f} MB", flush=True)


if __name__ == "__main__":
    main()
