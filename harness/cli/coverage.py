"""`harness coverage`: how often the 95% intervals contain the true value, in simulated runs whose truth is known."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from harness.cli.options.context import (
    integer,
    positive,
)
from harness.cli.options.output import add_output_options, print_document
from harness.core.errors import EXIT_OK, UsageError
from harness.core.labels import closest_names
from harness.core.plurals import counted
from harness.report.render.mode import SIMULATED
from harness.report.render.number_format import NONE
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records
from harness.stats.coverage import Coverage, count_coverage, true_accuracy
from harness.stats.coverage_cases import CASES, RUNAWAY_CASES, SPENDING_CASES, CoverageCase

LOWEST, HIGHEST = 0.935, 0.965
SAID = (
    "Every run is SIMULATED: samples of unequal difficulty, harder ones with longer answers, correlated repeats, "
    "tokens with heavy tails, other distributions and rare runaway answers (2% x 30: 2% are 30 times as long). "
    "covered: share of the intervals that contain the true value. below, above: it lay below or above. none: runs that "
    "gave no interval, with a reason. A share is itself only right to two standard errors, 3.1 points with 200 runs "
    "and 1.4 with 1,000; it is marked where it is further than that from 93.5 to 96.5%. docs/statistics.md lists the "
    "exceptions."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--runs", type=positive, default=200, metavar="N", help="simulated runs of each (default: 200)")
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="TEXT",
        help="only settings and statistics with this in their name, such as '30 x 8' or 'cost ratio'; 'runaway' runs "
        "the grid of rare long answers, which the table without this option leaves out",
    )
    parser.add_argument("--seed", type=integer, default=1, metavar="N", help="seed of the simulated runs (default: 1)")
    parser.add_argument("--list", action="store_true", help="name the settings and simulate nothing")
    add_output_options(parser, has_json_option=True)
    parser.epilog = SAID


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    cases = _chosen(arguments.setting)
    if arguments.list:
        print_document(_list_document(cases), arguments)
        return EXIT_OK
    found = []
    for number, case in enumerate(cases, start=1):
        print(f"simulating {number} of {len(cases)}: {case.statistic}, {case.title}", file=sys.stderr)
        counts = count_coverage(
            case.benchmark, case.models, case.interval_and_truth, runs=arguments.runs, seed=arguments.seed
        )
        found.append(CaseCoverage(case=case, found=counts))
    print_document(_document(found, runs=arguments.runs), arguments)
    return EXIT_OK


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCoverage:
    """A statistic in a setting, and how often its interval held the true value."""

    case: CoverageCase
    found: Coverage


def coverage_verdict(found: Coverage) -> str:
    """`ok`, `too low` or `too high` for the share of intervals that hold the truth, chance allowed for; or `none`."""
    if not found.runs:
        return "none"
    noise = 2 * math.sqrt(0.05 * 0.95 / found.runs)
    if found.share < LOWEST - noise:
        return "too low"
    return "too high" if found.share > HIGHEST + noise else "ok"


def _chosen(wanted: Sequence[str]) -> list[CoverageCase]:
    known = (*CASES, *SPENDING_CASES, *(RUNAWAY_CASES if wanted else ()))
    found = [case for case in known if all(text in f"{case.statistic}, {case.title}" for text in wanted)]
    if not found:
        names = [*dict.fromkeys(case.statistic for case in known), *dict.fromkeys(case.title for case in known)]
        near = closest_names(wanted[0], names)
        said = near if near.startswith("did you mean") else "harness coverage --list names them"
        raise UsageError(f"no setting has {' and '.join(map(repr, wanted))} in its name; {said}")
    return found


def _list_document(cases: Sequence[CoverageCase]) -> ReportDocument:
    columns: tuple[Column[CoverageCase], ...] = (
        prose_column("statistic", "statistic", lambda case: case.statistic),
        prose_column("setting", "samples x repeats", lambda case: case.title),
    )
    rows = records(columns, cases)
    return ReportDocument(
        title=counted(len(cases), "setting"),
        sections=(Section(title="", tables=(Table(columns=columns, rows=tuple(cases)),)),),
        record=rows,
        flat=FlatRows(keys=tuple(column.key for column in columns), rows=tuple(rows)),
    )


def _document(found: Sequence[CaseCoverage], *, runs: int) -> ReportDocument:
    rows = [_record(one.case, one.found) for one in found]
    return ReportDocument(
        title=f"{counted(len(found), 'setting')}, {counted(runs, 'run')} of each",
        mode=SIMULATED,
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=tuple(found)),)),),
        notes=(SAID,),
        record=rows,
        flat=FlatRows(keys=tuple(rows[0]), rows=tuple(rows)),
    )


def _covered(one: CaseCoverage) -> str:
    return f"{100 * one.found.share:.1f}%" if one.found.runs else NONE


def _share_text(count: int, one: CaseCoverage) -> str:
    return f"{100 * count / one.found.runs:.1f}%" if one.found.runs else NONE


def _mark(one: CaseCoverage) -> str:
    verdict = coverage_verdict(one.found)
    return {"ok": "", "none": "no run gives one"}.get(verdict, verdict)


COLUMNS: tuple[Column[CaseCoverage], ...] = (
    prose_column("statistic", "statistic", lambda one: one.case.statistic),
    prose_column("setting", "samples x repeats", lambda one: one.case.title),
    Column(
        key="accuracy",
        title="accuracy",
        meaning="true accuracy of the simulated models",
        text=lambda one: f"{true_accuracy(one.case.benchmark.ease, one.case.benchmark.unequal):.3f}",
        value=lambda one: true_accuracy(one.case.benchmark.ease, one.case.benchmark.unequal),
        rank=2,
    ),
    Column(
        key="covered",
        title="covered",
        meaning="share of the intervals that contain the true value",
        text=_covered,
        value=lambda one: one.found.share if one.found.runs else None,
    ),
    Column(
        key="below",
        title="below",
        meaning="share with the true value below the interval",
        text=lambda one: _share_text(one.found.below, one),
        value=lambda one: one.found.below,
        rank=1,
    ),
    Column(
        key="above",
        title="above",
        meaning="share with the true value above the interval",
        text=lambda one: _share_text(one.found.above, one),
        value=lambda one: one.found.above,
        rank=1,
    ),
    Column(
        key="undefined",
        title="none",
        meaning="runs that gave no interval",
        text=lambda one: f"{one.found.undefined}",
        value=lambda one: one.found.undefined,
        rank=3,
    ),
    prose_column("verdict", "verdict", _mark, meaning="too low or too high where the share is further off than chance"),
)


def _record(case: CoverageCase, found: Coverage) -> dict[str, object]:
    return {
        "statistic": case.statistic,
        "setting": case.title,
        "mode": "SIMULATED",
        "accuracy": true_accuracy(case.benchmark.ease, case.benchmark.unequal),
        "covered": found.share if found.runs else None,
        "below": found.below,
        "above": found.above,
        "runs": found.runs,
        "undefined": found.undefined,
        "verdict": coverage_verdict(found),
        "ruling": coverage_verdict(found),  # the former name, for one release
    }
