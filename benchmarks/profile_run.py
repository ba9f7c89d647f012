"""Where the CPU of a sample goes: a run under py-spy, its time shared out over the parts of the harness.

    python -m benchmarks.profile_run --py-spy /path/to/py-spy [--requests 15000] [--at-once 64] [--stream]

py-spy (PyPI) is a program of its own and need not be in our environment. A sample of a stack counts for the innermost
frame that belongs to a part, so a part has what it calls of Python's own library. Threads and grading processes apart.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from benchmarks.measured_run import STREAMS, Load, answer_server, harness_words

PHASES = {
    "start: imports": r"importlib",
    "final report": r"view_run ",
    "reading the samples, writing the run folder": r" load_tasks |;load_tasks |;write_run |;check_request ",
    "threads: syncs, names": r"_bootstrap_inner",
}
"""Of the whole stack, before the parts."""
PARTS = {
    "the call that sends": r"_SelectorSocketTransport\.write",
    "the call that waits for events": r"selectors\.py",
    "records: encoding": r"harness/store/(codec|repair)",
    "records: writing, commits": r"harness/store/log",
    "HTTP: connection, request, response": r"harness/providers/transport/(http|proxies|network)",
    "timing and loop lag": r"harness/providers/transport/timing",
    "reading the usage": r"harness/providers/parsing/(usage|billed_items|counts)",
    "reading the answer": r"harness/(core/think|providers/(parsing|client|format/(json|chunk|wire)|transport/sse))",
    "request": r"harness/providers/(format|dialect)",
    "price": r"harness/(pricing|run/attempt_prices)",
    "grading: at sight, queue, batches": r"harness/(grading|run/execution/(grade|answer))",
    "jobs: order, keys, limits, attempts": r"harness/(run|core|providers/pacing)",
    "event loop: callbacks, tasks, sockets": r"asyncio/",
}


def part_of(stack: str) -> str:
    """The part that a stack counts for, outermost frame first, with semicolons between."""
    for name, pattern in PHASES.items():
        if re.search(pattern, stack):
            return name
    for frame in reversed(stack.split(";")):
        for name, pattern in PARTS.items():
            if re.search(pattern, frame):
                return name
    return "else"


def shares(lines: Iterable[str]) -> list[tuple[str, float]]:
    """(part, share of all samples), the largest first, from py-spy's raw format."""
    found: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if stack.strip():  # of a thread that has no Python frame
            found[part_of(stack)] += int(count)
    return [(name, count / found.total()) for name, count in found.most_common()]


def profiled(program: str, load: Load) -> list[tuple[str, float]]:
    """Run the harness on this load under py-spy."""
    with tempfile.TemporaryDirectory() as folder, answer_server(load) as url:
        place = Path(folder)
        words = [program, "record", "--rate", "500", "--format", "raw", "--output", str(place / "stacks")]
        harness = harness_words(load, url, place)
        subprocess.run([*words, "--", *harness], cwd=place, check=True, stdout=subprocess.DEVNULL)
        return shares((place / "stacks").read_text().splitlines())


def main() -> int:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--py-spy", required=True, help="the program")
    parser.add_argument("--requests", type=int, default=15_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    base = STREAMS if asked.stream else Load(requests=0, at_once=0)
    found = profiled(asked.py_spy, replace(base, requests=asked.requests, at_once=asked.at_once))
    if asked.json:
        print(json.dumps(dict(found), indent=1))
    else:
        print("\n".join(f"{100 * share:5.1f}%  {name}" for name, share in found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
