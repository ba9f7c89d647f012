"""The harness against a bare aiohttp loop on the same work, with the goals: one table in under ten minutes.

    python -m benchmarks [--jobs 200000] [--only requests,streams] [--peers DIR] [--realtime] [--write]

CPU per sample is marginal: the CPU of a longer run minus that of a shorter one, over the difference in samples; so
start and end are in rows of their own. Ratios of one run hold on another machine; absolute figures do not. `--peers`:
each program in DIR is a further client, called as `PROGRAM URL --requests N --at-once N [--stream]`, in whatever
environment it brings (benchmarks.peers makes two); one that ends with another code than 0 has a row that says
`failed`. `--realtime`: on a machine that has other work (Linux, as root), which then stands still for seconds at a
time. `--write` puts the table into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.large_reports import child_cpu, kill
from benchmarks.measured_run import REALTIME, STREAMS, Load, Measured, run_harness, run_loop, run_program
from benchmarks.run_memory import moments
from harness.report.render.lines import align_columns

RESULTS = Path(__file__).with_name("RESULTS.md")
JOBS = 200_000
FASTEST_PEER = "lm-eval"
"""Of the harnesses, by whole process (benchmarks.peers makes its environment)."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure; `other` is the bare loop's, `ratio` ours over it. `is_met` None: there is no goal for it, or it was
    not measured: `missing` says what that takes.
    """

    what: str
    ours: str
    other: str = ""
    ratio: str = ""
    goal: str = ""
    is_met: bool | None = None
    missing: str = ""

    @property
    def cells(self) -> list[str]:
        verdict = {True: "met", False: "missed", None: self.missing}[self.is_met]
        return [self.what, self.ours, self.other, self.ratio, self.goal, verdict]


HEAD = ["figure", "harness", "bare aiohttp", "ratio", "goal", "verdict"]


def requests(peers: list[Path]) -> Iterator[Row]:
    """Whole answers without latency."""
    # Both runs are over the 2,000 jobs from which a report keeps columns beside the log: that is no sample's cost.
    load = Load(requests=12_000, at_once=64)
    yield from _marginal("whole answers, no latency, 64 at once", load, 3000, 1.5, peers)


def streams(peers: list[Path]) -> Iterator[Row]:
    """Streams of 100 chunks: cost, how many are in flight, how true the TTFT is."""
    load = replace(STREAMS, requests=1024, at_once=256)
    yield from _marginal("streams of 100 chunks, 256 at once", load, 256, 0.8, peers)
    for at_once, share in ((64, 98), (256, 98), (1000, 95)):
        yield from _in_flight(at_once, share)


def _in_flight(at_once: int, goal: float) -> Iterator[Row]:
    """So many streams at once, which are to reach `goal` percent of the ideal rate; the medians of three runs."""
    load = replace(STREAMS, requests=8 * at_once, at_once=at_once)
    runs, loop = [run_harness(load) for _ in range(3)], run_loop(load)
    has_goals = at_once <= 256  # for more, the rate alone has one
    flying = median(run.mean_in_flight for run in runs)
    what = f"requests in flight of {at_once:,} streams"
    yield _share(what, flying, loop.mean_in_flight, 0.95 * at_once if has_goals else None)
    share = median(run.share_of_ideal(load) for run in runs)
    what = f"share of the ideal rate, {at_once:,} streams, %"
    yield _share(what, 100 * share, 100 * loop.share_of_ideal(load), goal)
    errors = [run.ttft_errors_s() for run in runs]
    p50, p99 = (median(1000 * one[round(part * (len(one) - 1))] for one in errors) for part in (0.5, 0.99))
    yield Row(
        what=f"TTFT error at {at_once:,} streams, p50 / p99 ms",
        ours=f"{p50:.2f} / {p99:.2f}",
        goal="p99 0.5" if has_goals else "",
        is_met=p99 <= 0.5 if has_goals else None,
    )


def whole(peers: list[Path]) -> Iterator[Row]:
    """10,000 whole answers, from the start of the process to its end: against other harnesses, 4 times as fast."""
    load = Load(requests=10_000, at_once=64)
    what = "10,000 samples, whole process, s"
    ours, loop = run_harness(load).whole_s, run_loop(load).whole_s
    yield Row(what=what, ours=f"{ours:.1f}", other=f"{loop:.1f}", ratio=f"{ours / loop:.1f}")
    if not any(peer.name == FASTEST_PEER for peer in peers):
        yield Row(what=f"  {FASTEST_PEER}, {what}, over ours", ours="", goal="4 x", missing="needs --peers")
    for peer in peers:
        try:
            theirs = run_program([str(peer)], load).whole_s
        except SystemExit as error:
            print(error, file=sys.stderr)
            yield Row(what=f"  {peer.name}, {what}", ours="failed")
            continue
        yield Row(
            what=f"  {peer.name}, {what}, over ours",
            ours=f"{theirs:.1f}",
            ratio=f"{theirs / ours:.1f}",
            goal="4 x" if peer.name == FASTEST_PEER else "",
            is_met=theirs >= 4 * ours if peer.name == FASTEST_PEER else None,
        )


def rate(peers: list[Path]) -> Iterator[Row]:
    """Answers of 500 ms, 1,000 at once, and the memory it takes."""
    del peers
    load = Load(requests=10_000, at_once=1000, ttft_s=0.5)
    ours, loop = run_harness(load), run_loop(load)
    shares = ours.share_of_ideal(load), loop.share_of_ideal(load)
    yield _share("share of the ideal rate, 500 ms, 1,000 at once, %", 100 * shares[0], 100 * shares[1], 97)
    imports = float(subprocess.check_output([sys.executable, "-c", _PEAK_OF_IMPORTS]))
    over = ours.peak_mb - imports
    what = "memory over imports, 10,000 samples, 1,000 at once, MB"
    yield Row(what=what, ours=f"{over:.0f}", goal="60", is_met=over <= 60)


def memory(peers: list[Path]) -> Iterator[Row]:
    """Growth of a run of 1,000,000 jobs while it goes on, over the second half of a minute."""
    del peers
    found = moments(1_000_000, 60.0)
    half = next(moment for moment in found if 2 * moment.jobs >= found[-1].jobs)
    jobs, grown = found[-1].jobs - half.jobs, found[-1].mb - half.mb
    what = f"growth from {half.jobs:,} to {found[-1].jobs:,} of 1,000,000 jobs, MB per 100,000"
    per_100_000 = 100_000 * grown / jobs if jobs else float("nan")
    yield Row(what=what, ours=f"{per_100_000:.1f}", goal="1", is_met=per_100_000 <= 1)


_PEAK_OF_IMPORTS = "import resource, harness.cli.run; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


def start(peers: list[Path]) -> Iterator[Row]:
    """Seconds from the start of the process to its first request, the least of three."""
    del peers
    if os.environ.get(REALTIME):  # the grading processes have to be ready before the first request
        os.environ[REALTIME] = "all"
    one = Load(requests=1, at_once=1)
    ours, loop = (min(run(one).first_request_s for _ in range(3)) for run in (run_harness, run_loop))
    yield Row(
        what="first request after, s (best of 3)",
        ours=f"{ours:.2f}",
        other=f"{loop:.2f}",
        ratio=f"{ours / loop:.1f}",
        goal="0.7",
        is_met=ours <= 0.7,
    )


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


def _marginal(what: str, load: Load, shorter: int, goal: float, peers: list[Path]) -> Iterator[Row]:
    """CPU per sample beyond a shorter run's; the medians of three runs of the harness and of the loop, in turns."""

    def per_sample_ms(run: Callable[[Load], Measured]) -> float:
        short, long = run(replace(load, requests=shorter)), run(load)
        return 1000 * (long.cpu_s - short.cpu_s) / (load.requests - shorter)

    pairs = [(per_sample_ms(run_harness), per_sample_ms(run_loop)) for _ in range(3)]
    ours, loop = (median(values) for values in zip(*pairs, strict=True))
    yield Row(
        what=f"CPU per sample, {what}, ms",
        ours=f"{ours:.2f}",
        other=f"{loop:.2f}",
        ratio=f"{ours / loop:.1f}",
        goal=f"{goal:g} x",
        is_met=ours <= goal * loop,
    )
    for peer in peers:
        name = f"  {peer.name}, {what}, ms"
        try:
            theirs = per_sample_ms(lambda work, peer=peer: run_program([str(peer)], work))  # type: ignore[misc]
        except SystemExit as error:  # one that cannot stream, say, must not cost the others their rows
            print(error, file=sys.stderr)
            yield Row(what=name, ours="failed", other=f"{loop:.2f}")
            continue
        yield Row(what=name, ours=f"{theirs:.2f}", other=f"{loop:.2f}", ratio=f"{theirs / loop:.1f}")


def _share(what: str, ours: float, loop: float, least: float | None) -> Row:
    met = None if least is None else ours >= least
    goal = "" if least is None else f"{least:.0f}"
    return Row(what=what, ours=f"{ours:.0f}", other=f"{loop:.0f}", goal=goal, is_met=met)


PARTS: dict[str, Callable[[list[Path]], Iterator[Row]]] = {
    "requests": requests,
    "streams": streams,
    "whole": whole,
    "rate": rate,
    "memory": memory,
    "start": start,
}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    names = [*PARTS, "reports"]
    parser.add_argument("--only", default=",".join(names), help=f"parts, of {', '.join(names)}")
    parser.add_argument("--jobs", type=int, default=JOBS, help="of the large run of the reports")
    parser.add_argument("--peers", type=Path, help="a folder of programs that are further clients")
    parser.add_argument("--realtime", action="store_true", help="server and clients at real-time priority")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    wanted = asked.only.split(",")
    if unknown := set(wanted) - set(names):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if asked.realtime:
        os.environ[REALTIME] = "1"
    peers = _programs(asked.peers) if asked.peers else []
    rows: list[Row] = []
    for name in wanted:
        for row in reports(asked.jobs) if name == "reports" else PARTS[name](peers):
            rows.append(row)
            print(f"{row.what}: {row.ours}", file=sys.stderr, flush=True)
    lines = align_columns([HEAD, *(row.cells for row in rows)])
    print(
        json.dumps([dict(zip(HEAD, row.cells, strict=True)) for row in rows], indent=1)
        if asked.json
        else "\n".join(lines)
    )
    if asked.write:
        RESULTS.write_text(_page(lines, is_realtime=asked.realtime))
    return 0


def _programs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and os.access(path, os.X_OK))


def _page(lines: list[str], *, is_realtime: bool) -> str:
    cores = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    option = "--realtime " if is_realtime else ""
    machine = f"{cores}, Python {platform.python_version()}"
    return (
        f"# Speed\n\nWritten by `python -m benchmarks {option}--write` on {datetime.now(UTC):%Y-%m-%d}: {machine}.\n"
        "Only ratios of one run hold on another machine. Rates, TTFT and start need idle cores: with a load above the\n"
        "number of cores those rows say more of the machine than of either client"
        f"{', unless both run at real-time priority, as here' if is_realtime else ''}.\n\n"
        + "\n".join(f"    {line}" for line in lines)
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
