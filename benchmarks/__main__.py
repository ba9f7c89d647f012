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
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.large_rows import JOBS, reports
from benchmarks.measured_run import REALTIME, STREAMS, Load, Measured, run_harness, run_loop, run_program
from benchmarks.rows import HEAD, Row
from benchmarks.run_memory import moments
from harness.report.render.lines import align_columns

RESULTS = Path(__file__).with_name("RESULTS.md")
FASTEST_PEER = "lm-eval"
"""Of the harnesses, by whole process (benchmarks.peers makes its environment)."""


def requests(peers: list[Path]) -> Iterator[Row]:
    """Whole answers without latency."""
    # Both runs are over the 2,000 jobs from which a report keeps columns beside the log: that is no sample's cost.
    load = Load(requests=12_000, at_once=64)
    yield from _marginal("whole answers, no latency, 64 at once", load, 3000, 1.5, peers)


def streams(peers: list[Path]) -> Iterator[Row]:
    """Streams of 100 chunks: cost, how many are in flight, how true the TTFT is."""
    load = replace(STREAMS, requests=1024, at_once=256)
    yield from _marginal("streams of 100 chunks, 256 at once", load, 256, 0.8, peers)
    for at_once in (64, 256):
        yield from _in_flight(replace(STREAMS, requests=8 * at_once, at_once=at_once), f"{at_once} streams", 98)
    fast = replace(STREAMS, requests=8000, at_once=1000)  # 168,000 chunks a second, more than the server can send
    name = "1,000 streams of 0.6 s"
    yield from _in_flight(fast, name, 95, has_ttft_goal=False)
    reader = run_program([sys.executable, "-m", "benchmarks.counting_client"], fast)
    share = f"{100 * reader.share_of_ideal(fast):.0f}"
    yield Row(what=f"  a client that only counts ends, {name}, %", ours=share)
    slow = replace(fast, requests=4000, gap_s=0.02)
    yield from _in_flight(slow, "1,000 streams of 2.1 s", 95, has_ttft_goal=False)


def _in_flight(load: Load, name: str, goal: float, *, has_ttft_goal: bool = True) -> Iterator[Row]:
    """So many streams at once, which are to reach `goal` percent of the ideal rate; the medians of three runs."""
    runs, loop = [run_harness(load) for _ in range(3)], run_loop(load)
    flying = median(run.mean_in_flight for run in runs)
    yield _share(f"requests in flight, {name}", flying, loop.mean_in_flight, 0.95 * load.at_once)
    share = median(run.share_of_ideal(load) for run in runs)
    yield _share(f"share of the ideal rate, {name}, %", 100 * share, 100 * loop.share_of_ideal(load), goal)
    errors = [run.ttft_errors_s() for run in runs]
    p50, p99 = (median(1000 * one[round(part * (len(one) - 1))] for one in errors) for part in (0.5, 0.99))
    yield Row(
        what=f"TTFT error, {name}, p50 / p99 ms",
        ours=f"{p50:.2f} / {p99:.2f}",
        goal="p99 0.5" if has_ttft_goal else "",
        is_met=p99 <= 0.5 if has_ttft_goal else None,
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
    imports = int(subprocess.check_output([sys.executable, "-c", _PEAK_OF_IMPORTS])) / 1024
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


# Not by getrusage, whose maximum a process inherits from the one that started it (Linux).
_PEAK_OF_IMPORTS = "import harness.cli.run; print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"


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


def workers(peers: list[Path]) -> Iterator[Row]:
    """What a second worker process adds where each may hold 40 requests of 200 ms, on both cores."""
    del peers
    rates = []
    for number in (1, 2):
        load = Load(requests=60 * 40 * number, at_once=40 * number, ttft_s=0.2)
        rates.append(run_harness(load, ("--workers", str(number)), is_pinned=False).rate())
    one, two = rates
    what = "answers a second of --workers 2, over --workers 1"
    yield Row(what=what, ours=f"{two:.0f}", other="", ratio=f"{two / one:.1f}")


PARTS: dict[str, Callable[[list[Path]], Iterator[Row]]] = {
    "requests": requests,
    "streams": streams,
    "whole": whole,
    "rate": rate,
    "workers": workers,
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
        RESULTS.write_text(_page(lines, is_realtime=asked.realtime, has_peers=bool(peers)))
    return 0


def _programs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and os.access(path, os.X_OK))


def _page(lines: list[str], *, is_realtime: bool, has_peers: bool) -> str:
    cores = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    option = f"{'--realtime ' if is_realtime else ''}{'--peers DIR ' if has_peers else ''}"
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
