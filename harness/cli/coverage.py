"""`harness coverage`: how often the 95% intervals contain the true value, in simulated runs whose truth is known."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence

from harness.cli.options.context import positive
from harness.core.errors import EXIT_OK, UsageError
from harness.core.labels import closest_names
from harness.stats.coverage import Coverage, count_coverage, true_accuracy
from harness.stats.coverage_cases import CASES, CoverageCase

LOWEST, HIGHEST = 0.935, 0.965
LINE = "{:24} {:24} {:>8} {:>8} {:>7} {:>7} {:>5}  {}"
SAID = """\
Every run is SIMULATED: samples of unequal difficulty, harder ones with longer answers, repeats that are alike, tokens
with heavy tails, of other laws, and with rare runaway answers ("2% x 30": 2% are 30 times as long).
covered: share of the intervals that contain the true value. below, above: it lay below or above. none: runs that gave
no interval, with a reason. A share is itself only right to two standard errors, 3.1 points with 200 runs and 1.4 with
1,000; it is marked where it is further than that from 93.5 to 96.5%. docs/statistics.md lists the exceptions."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--runs", type=positive, default=200, metavar="N", help="simulated runs of each (default 200)")
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="TEXT",
        help="only settings and statistics with this in their name, such as '30 x 8' or 'cost ratio'",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the simulated runs (default 1)")
    parser.add_argument("--list", action="store_true", help="name the settings and simulate nothing")
    parser.add_argument("--json", action="store_true", help="a list with one record for each, at the end")
    parser.epilog = SAID


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    cases = _chosen(arguments.setting)
    if arguments.list:
        print("\n".join(f"{case.statistic}, {case.title}" for case in cases))
        return EXIT_OK
    if not arguments.json:
        print(f"{len(cases)} settings, {arguments.runs:,} SIMULATED runs of each")
        print(
            LINE.format("statistic", "samples x repeats", "accuracy", "covered", "below", "above", "none", "").rstrip()
        )
    records = []
    for case in cases:
        found = count_coverage(case.world, case.models, case.judged, runs=arguments.runs, seed=arguments.seed)
        records.append(_record(case, found))
        if not arguments.json:
            print(_line(case, found), flush=True)
    print(json.dumps(records, indent=1) if arguments.json else f"\n{SAID}")
    return EXIT_OK


def coverage_verdict(found: Coverage) -> str:
    """`ok`, `too low` or `too high` for the share of intervals that hold the truth, chance allowed for; or `none`."""
    if not found.runs:
        return "none"
    noise = 2 * math.sqrt(0.05 * 0.95 / found.runs)
    if found.share < LOWEST - noise:
        return "too low"
    return "too high" if found.share > HIGHEST + noise else "ok"


def _chosen(wanted: Sequence[str]) -> list[CoverageCase]:
    found = [case for case in CASES if all(text in f"{case.statistic}, {case.title}" for text in wanted)]
    if not found:
        names = [*dict.fromkeys(case.statistic for case in CASES), *dict.fromkeys(case.title for case in CASES)]
        raise UsageError(
            f"no setting has {' and '.join(map(repr, wanted))} in its name; {closest_names(wanted[0], names)}"
        )
    return found


def _line(case: CoverageCase, found: Coverage) -> str:
    accuracy = f"{true_accuracy(case.world.ease, case.world.unequal):.3f}"
    said = coverage_verdict(found)
    if said == "none":
        return LINE.format(case.statistic, case.title, accuracy, "-", "-", "-", found.undefined, "no run gives one")
    shares = [f"{100 * part / found.runs:.1f}%" for part in (found.below, found.above)]
    mark = "" if said == "ok" else said
    covered = f"{100 * found.share:.1f}%"
    return LINE.format(case.statistic, case.title, accuracy, covered, *shares, found.undefined, mark).rstrip()


def _record(case: CoverageCase, found: Coverage) -> dict[str, object]:
    return {
        "statistic": case.statistic,
        "setting": case.title,
        "mode": "SIMULATED",
        "accuracy": true_accuracy(case.world.ease, case.world.unequal),
        "covered": found.share if found.runs else None,
        "below": found.below,
        "above": found.above,
        "runs": found.runs,
        "undefined": found.undefined,
        "verdict": coverage_verdict(found),
        "ruling": coverage_verdict(found),  # the former name, for one release
    }
