"""Prints how often each 95 % interval holds the truth: python -m benchmarks.coverage [RUNS] [PART OF A NAME].

The table of docs/statistics.md, from the worlds of harness/stats/worlds.py. With 1,000 runs a figure is right to 1.4
points (two standard errors); percentages below and above are runs with the truth below and above the interval.
"""

from __future__ import annotations

import sys
import time

from harness.stats.truth import count_coverage, true_accuracy
from harness.stats.worlds import CASES


def main(arguments: list[str]) -> None:
    """Print one line for each statistic in each world."""
    runs = int(arguments[0]) if arguments else 1000
    wanted = arguments[1] if len(arguments) > 1 else ""
    print(f"{'statistic':24} {'samples x repeats':26} {'accuracy':>8} {'covered':>8} {'below':>6} {'above':>6} none")
    for case in CASES:
        if wanted not in f"{case.statistic} {case.title}":
            continue
        started = time.monotonic()
        found = count_coverage(case.world, case.models, case.judged, runs=runs)
        share = 100 / max(1, found.runs)
        print(
            f"{case.statistic:24} {case.title:26} {true_accuracy(case.world.ease, case.world.unequal):8.3f} "
            f"{100 * found.share:7.1f}% {share * found.below:5.1f}% {share * found.above:5.1f}% {found.undefined:4d}"
            f"  {time.monotonic() - started:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
