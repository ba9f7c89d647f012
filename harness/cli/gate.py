"""`harness gate`: hold a run against a committed baseline; the exit code says whether it held."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.report.gate.baseline import Baseline, encode, read_baseline
from harness.report.gate.baseline_of_run import baseline_of
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import LIVE_TOLERANCE, CheckOutcome, Tolerances
from harness.report.gate.checks import SERVED_MODEL
from harness.report.gate.render import document
from harness.report.run_data.load import RunData
from harness.store.log import write_whole

EXACT = {"exact": True, "paired": False, None: None}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = (
        "exit codes: 0 all passed, 1 a check failed, 2 usage, 3 rows that cannot be compared or are not done\n\n"
        "  harness gate results/RUN --write-baseline baseline.json      once; commit the file\n"
        "  harness gate results/RUN --baseline baseline.json            in CI, after the same harness run"
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a finished run folder, or its name in ./results")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--baseline", type=Path, metavar="FILE", help="baseline to compare with")
    which.add_argument("--write-baseline", type=Path, metavar="FILE", help="write this run as a baseline")
    parser.add_argument(
        "--accuracy",
        choices=["exact", "paired"],
        help="exact: identical verdicts; paired: no significant drop (default: exact for simulated models)",
    )
    live = f"{LIVE_TOLERANCE:.0%}".replace("%", "%%")
    parser.add_argument(
        "--usd-tolerance",
        type=share,
        metavar="R",
        help=f"allowed cost increase (0.1 = 10%%); 0: exactly equal (default: simulated models 0, others {live})",
    )
    parser.add_argument("--tokens-tolerance", type=share, metavar="R", help="the same for tokens")
    parser.add_argument(
        "--allow-more",
        type=whole,
        default=0,
        metavar="N",
        help="errors, ungraded answers and unknown costs: by how many each may rise in a row (default 0)",
    )
    parser.add_argument(
        "--latency",
        type=ratio,
        metavar="X",
        help="fail where the 95%% CI of the ratio of median TTFTs or latencies lies above X",
    )
    parser.add_argument(
        "--allow-changed",
        action="store_true",
        help="compare rows with other settings on the samples both have, skip rows only one side has, and say so",
    )
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    now = baseline_of(RunData.load(arguments.run))
    if arguments.write_baseline is not None:
        return _write(now, arguments)
    tolerances = Tolerances(
        exact_accuracy=EXACT[arguments.accuracy],
        usd=arguments.usd_tolerance,
        tokens=arguments.tokens_tolerance,
        max_increase=arguments.allow_more,
        latency=arguments.latency,
    )
    found = run_gate(read_baseline(arguments.baseline), now, tolerances, allow_changed=arguments.allow_changed)
    print_document(document(found), arguments)
    failed = {one.check for one in found.findings if one.outcome is CheckOutcome.FAILED}
    if failed - {SERVED_MODEL}:  # another model's answers fail against any baseline
        again = f"harness gate {arguments.run} --write-baseline {arguments.baseline}"
        print(f"where this change is wanted, make it the baseline: {again}", file=sys.stderr)
    return found.exit_code


def _write(now: Baseline, arguments: argparse.Namespace) -> int:
    missing = sum(one.planned - one.finished for one in now.rows)
    if missing:
        print(
            f"harness: {counted(missing, 'job')} of {arguments.run} not done: no baseline was written", file=sys.stderr
        )
        return EXIT_INCOMPLETE
    path: Path = arguments.write_baseline
    if path.is_dir():
        raise UsageError(f"{path} is a folder; --write-baseline takes the name of a file")
    write_whole(path, encode(now))
    print(
        f"baseline: {path}: {counted(len(now.rows), 'row')}, "
        f"{counted(sum(len(one.samples) for one in now.rows), 'sample')}"
    )
    return EXIT_OK


def share(text: str) -> float:
    """A share from 0 on, for argparse."""
    found = _number(text)
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 on; ten per cent are 0.1")
    return found


def ratio(text: str) -> float:
    """A ratio from 1 on, for argparse."""
    found = _number(text)
    if not 1 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a ratio from 1 on; half as long again is 1.5")
    return found


def whole(text: str) -> int:
    """A whole number from 0 on, for argparse."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
