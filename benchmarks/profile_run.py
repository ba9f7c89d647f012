"""What a sample costs the main thread, by the parts of the harness: calls, and CPU as cProfile sees it.

    python -m benchmarks.profile_run [--at-once 64] [--stream]

The difference of a longer run and a shorter one, per sample, so without start and imports. Calls are the same on any
machine. Microseconds are CPU time of the thread, not wall time, but hold what measuring a call costs, about as much as
a call itself: they compare the parts, and are three to five times what the run takes. A function of C, or of Python's
own library, counts for the part that calls it.
"""

from __future__ import annotations

import argparse
import json
import pstats
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measured_run import STREAMS, Load, answer_server, harness_words

SHORT, LONG = 2500, 5000
SHORT_STREAMS, LONG_STREAMS = 128, 384
PARTS = (
    ("records: encoding", ("store/codec", "store/repair")),
    ("records: writing, commits", ("store/log",)),
    ("final report", ("report/", "stats/", "store/")),
    ("reading the samples", ("tasks/", "config/", "cli/", "run/prepare", "run/session")),
    ("timing and loop lag", ("providers/transport/timing",)),
    ("HTTP: connection, request, response", ("providers/transport/",)),
    (
        "reading the usage",
        tuple(f"providers/parsing/{name}" for name in ("usage", "plain_usage", "billed_items", "counts")),
    ),
    ("request", ("providers/format/request", "providers/dialect_loader")),
    ("reading the answer", ("providers/parsing/", "providers/client", "providers/format/", "core/think_blocks")),
    ("price", ("pricing/", "run/attempt_prices")),
    ("grading: at sight, queue, batches", ("grading/", "run/execution/grade_pool", "run/execution/answer_grading")),
    ("jobs: order, keys, limits, attempts", ("run/", "providers/pacing/", "core/")),
)
LOOP = "event loop: callbacks, tasks, sockets"
PROFILED = """
import cProfile, sys, time
from harness.cli.main import main

if __name__ == "__main__":
    profile = cProfile.Profile(time.thread_time)
    try:
        stats = sys.argv.pop(1)
        profile.runcall(main)
    finally:
        profile.dump_stats(stats)
"""


def part_of(file: str) -> str | None:
    """The part that a source file belongs to; None for what is not the harness's and not the event loop's."""
    _, found, place = file.rpartition("/harness/")
    if found:
        return next((name for name, starts in PARTS if place.startswith(starts)), "else")
    return LOOP if "/asyncio/" in file or file.endswith("/selectors.py") else None


def by_part(stats: Any) -> Counter[tuple[str, str]]:
    """Calls and microseconds by part; `stats` as pstats keeps them."""
    found: Counter[tuple[str, str]] = Counter()
    for (file, _, _), (_, calls, own_s, _, callers) in stats.items():
        part = part_of(file)
        shares = (
            [(part, calls, own_s)]
            if part is not None
            else [(part_of(caller[0]) or "else", times[1], times[2]) for caller, times in callers.items()]
        )
        for name, times_called, seconds in shares:
            found["calls", name] += times_called
            found["us", name] += 1e6 * seconds
    return found


def profiled(load: Load) -> Counter[tuple[str, str]]:
    """Run the harness on this load under cProfile."""
    with tempfile.TemporaryDirectory() as folder, answer_server(load) as url:
        place = Path(folder)
        (place / "profiled.py").write_text(PROFILED)
        words = harness_words(load, url, place)
        words = [words[0], "profiled.py", "stats", *words[words.index("run") :]]
        subprocess.run(words, cwd=place, check=True, stdout=subprocess.DEVNULL)
        return by_part(pstats.Stats(str(place / "stats")).stats)  # type: ignore[attr-defined]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    base = replace(STREAMS if asked.stream else Load(requests=0, at_once=0), at_once=asked.at_once)
    short, long = (SHORT_STREAMS, LONG_STREAMS) if asked.stream else (SHORT, LONG)
    fewer, more = (profiled(replace(base, requests=requests)) for requests in (short, long))
    rows = {
        name: (calls, (more["us", name] - fewer["us", name]) / (long - short))
        for (kind, name), total in more.items()
        if kind == "calls" and (calls := (total - fewer["calls", name]) / (long - short)) >= 0.5
    }
    rows["all"] = sum(calls for calls, _ in rows.values()), sum(us for _, us in rows.values())
    if asked.json:
        print(json.dumps({name: {"calls": calls, "us": us} for name, (calls, us) in rows.items()}, indent=1))
        return 0
    print("calls     us  per sample")
    for name, (calls, us) in sorted(rows.items(), key=lambda row: -row[1][0]):
        print(f"{calls:5.0f} {us:6.1f}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
