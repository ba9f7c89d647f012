"""Rows on runs of very many jobs: reports, comparisons and the start of resuming them."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.large_reports import child_cpu, kill
from benchmarks.rows import Row

JOBS = 200_000
RESUME = """
import asyncio, sys
from pathlib import Path
from harness.core.clock import SYSTEM_CLOCK
from harness.run.planning.plan import JobBuilder
from harness.run.session import open_session
from harness.store.run_dir import RunDir

async def main():
    session = open_session(RunDir.open(Path(sys.argv[1])), keys={}, simulator=None, clock=SYSTEM_CLOCK)
    plan = session.plan
    for endpoint in plan.endpoints:
        builder = JobBuilder(plan=plan, endpoint=endpoint)
        for position in plan.positions(plan.order()):
            session.restored.completed.is_done(builder.key(*position))

asyncio.run(main())
"""


def reports(jobs: int) -> Iterator[Row]:
    """Commands over a run of very many jobs, and the table of five times as many."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        small = ["run", "core-math", "core-code", "-m", "@sim", "--results", folder, "--name", "small", "--quiet"]
        child_cpu([sys.executable, "-m", "harness", *small])
        large = _multiplied(place, jobs)
        for command, goal_s in (("report", 4.0), ("compare", 6.0)):
            words = [sys.executable, "-m", "harness", command, str(large), "--format", "json"]
            if command == "report":
                yield _report_row(f"{command} over {jobs:,} jobs, first time", *child_cpu(words), goal_s * jobs / JOBS)
            yield _report_row(f"{command} over {jobs:,} jobs", *child_cpu(words), goal_s * jobs / JOBS)
        words = [sys.executable, "-c", RESUME, str(large)]
        cpu_s, peak_mb = child_cpu(words)
        yield Row(what=f"start of resuming {jobs:,} jobs, no cache, CPU s", ours=f"{cpu_s:.1f} ({peak_mb} MB)")
        kill(large)
        yield _report_row(f"start of resuming {jobs:,} jobs after a kill", *child_cpu(words), 3.0 * jobs / JOBS)
        yield _report_row(f"start of resuming {jobs:,} jobs", *child_cpu(words), 3.0 * jobs / JOBS)
        shutil.rmtree(large)
        large = _multiplied(place, 5 * jobs)
        words = [sys.executable, "-m", "harness", "report", str(large)]
        for when in (", first time", ""):
            began = time.monotonic()
            _, peak_mb = child_cpu(words)
            took = time.monotonic() - began
            yield Row(
                what=f"report over {5 * jobs:,} jobs{when}, s",
                ours=f"{took:.1f} ({peak_mb} MB)",
                goal=f"{15 * jobs / JOBS:g} (600 MB)",
                is_met=took <= 15 * jobs / JOBS and peak_mb <= 600,
            )


def _multiplied(place: Path, jobs: int) -> Path:
    """A run of so many jobs, made of the small one in the folder."""
    large = place / "large"
    child_cpu([sys.executable, "-m", "benchmarks.large_run", str(place / "small"), str(large), "--jobs", str(jobs)])
    return large


def _report_row(what: str, cpu_s: float, peak_mb: int, goal_s: float) -> Row:
    return Row(what=f"{what}, CPU s", ours=f"{cpu_s:.1f} ({peak_mb} MB)", goal=f"{goal_s:g}", is_met=cpu_s <= goal_s)
