"""`harness gate`: compare a run with a committed baseline and with limits; the exit code is the result."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from harness.cli.baseline import update_baseline
from harness.cli.options.gate_limits import add_limit_options, limits_of, number
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.run_argument import run_path
from harness.core.errors import LocalError, UsageError
from harness.report.gate.answer_checks import SERVED_MODEL
from harness.report.gate.baseline import Baseline
from harness.report.gate.baseline_file import read_baseline
from harness.report.gate.baseline_of_run import baseline_of
from harness.report.gate.build import COMPARABLE, GateReport, check_limits, run_gate
from harness.report.gate.check_result import LIVE_TOLERANCE, CheckOutcome, Tolerances, first_names
from harness.report.gate.junit import as_junit
from harness.report.gate.limits import LIMIT_CHECKS, Limits
from harness.report.gate.render import document
from harness.report.render.formats import OutputFormat, render
from harness.report.run_data.load import RunData
from harness.store.log import write_whole

MAX_SUMMARY_BYTES = 1_000_000
EXACT = {"exact": True, "paired": False, None: None}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = (
        "Exit codes: 0 all passed; 1 a check failed; 2 wrong usage, or a file that cannot be read; 3 rows that cannot "
        "be compared, figures that are not known, or a run that is not done\n\nexamples:\n"
        "  harness baseline update results/RUN baseline.json            once; commit the file\n"
        "  harness gate results/RUN --baseline baseline.json            in CI, after the same harness run\n"
        "  harness gate results/RUN --min-accuracy 0.9 --max-usd-per-correct 0.002     limits, without a baseline"
    )
    parser.add_argument("run", type=run_path, metavar="RUN", help="a finished run folder, or its name in ./results")
    compared = parser.add_argument_group("compared with a baseline")
    which = compared.add_mutually_exclusive_group()
    which.add_argument("--baseline", type=Path, metavar="FILE", help="baseline to compare with")
    which.add_argument("--write-baseline", type=Path, help=argparse.SUPPRESS)  # former name of `baseline update`
    _add_comparison_options(compared)
    add_limit_options(parser)
    files = parser.add_argument_group("files for CI")
    files.add_argument("--junit", type=Path, metavar="FILE", help="write the checks as JUnit XML")
    files.add_argument(
        "--summary", type=Path, metavar="FILE", help="append the tables as Markdown: $GITHUB_STEP_SUMMARY"
    )
    add_output_options(parser)


def _add_comparison_options(parser: argparse._ArgumentGroup) -> None:
    """By how much the figures of a run may differ from the baseline's."""
    parser.add_argument(
        "--accuracy",
        choices=["exact", "paired"],
        help="exact: same verdicts; paired: no significant drop (default: exact for simulated and replayed models)",
    )
    live = f"{LIVE_TOLERANCE:.0%}".replace("%", "%%")
    parser.add_argument(
        "--usd-tolerance",
        type=share,
        metavar="R",
        help=f"allowed change of cost, 0.1 = 10%%; 0: exactly equal (default: simulated, replayed 0, others {live})",
    )
    parser.add_argument("--tokens-tolerance", type=share, metavar="R", help="the same for tokens")
    parser.add_argument(
        "--allow-less",
        action="store_true",
        help="lower dollars, tokens and errors pass, but not $0",
    )
    parser.add_argument(
        "--allow-more",
        type=whole,
        default=0,
        metavar="N",
        help="by how many errors, ungraded answers and unknown costs may each rise in a row; without a "
        "baseline how many each may be (default: 0)",
    )
    parser.add_argument(
        "--latency",
        type=ratio,
        metavar="X",
        help="fail where the 95%% CI of the ratio of medians (TTFT or latency) lies above X",
    )
    parser.add_argument(
        "--allow-changed",
        action="store_true",
        help="compare rows with other settings, prompts, prices or served models on common samples; "
        "skip rows of one side",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    if arguments.write_baseline is not None:
        return update_baseline(arguments.run, arguments.write_baseline, arguments, has_texts=True)
    limits = limits_of(arguments)
    if arguments.baseline is None and not limits:
        raise UsageError(
            "there is nothing to compare the run with: give --baseline FILE, or a limit such as --min-accuracy 0.9; "
            "harness baseline update RUN FILE writes a baseline"
        )
    now = baseline_of(RunData.load(arguments.run))
    limits.check_names(now)
    found = _compared(now, limits, arguments)
    print_document(document(found), arguments)
    if arguments.junit is not None:
        write_whole(arguments.junit, as_junit(found))
    if arguments.summary is not None:
        append_summary(arguments.summary, render(document(found), OutputFormat.MARKDOWN))
    failed = {one.check for one in found.findings if one.outcome is CheckOutcome.FAILED}
    if arguments.baseline is not None and failed - {SERVED_MODEL, *LIMIT_CHECKS}:  # what no baseline would change
        again = f"harness baseline update {arguments.run} {arguments.baseline}"
        print(f"where this change is wanted, make it the baseline: {again}", file=sys.stderr)
    elif any(one.check == COMPARABLE for one in found.findings) and all(
        one.planned == one.finished for one in now.rows
    ):
        again = f"harness baseline update {arguments.run} {arguments.baseline}"
        print(f"--allow-changed compares what both have; {again} makes this run the baseline", file=sys.stderr)
    return found.exit_code


def _compared(now: Baseline, limits: Limits, arguments: argparse.Namespace) -> GateReport:
    if arguments.baseline is None:
        return check_limits(now, limits, max_errors=arguments.allow_more)
    tolerances = Tolerances(
        exact_accuracy=EXACT[arguments.accuracy],
        usd=arguments.usd_tolerance,
        tokens=arguments.tokens_tolerance,
        allow_less=arguments.allow_less,
        max_increase=arguments.allow_more,
        latency=arguments.latency,
    )
    baseline = read_baseline(arguments.baseline)
    if not {(one.task, one.model) for one in baseline.rows} & {(one.task, one.model) for one in now.rows}:
        print(
            f"harness: no row in common: {arguments.baseline} holds {_rows(baseline)}; {arguments.run} holds "
            f"{_rows(now)}; accepted: the baseline of the same tasks and models",
            file=sys.stderr,
        )
    return run_gate(baseline, now, tolerances, allow_changed=arguments.allow_changed, limits=limits)


def _rows(of: Baseline) -> str:
    """The rows of a baseline in words, the first few of them."""
    return first_names([f"{one.model} on {one.task}" for one in of.rows]) or "nothing"


def append_summary(path: Path, text: str) -> None:
    """Append Markdown to a job's summary, as CI systems expect; cut before the size that they refuse.

    GitHub drops a step's summary above 1 MiB (docs.github.com, "Workflow commands", read 2026-11-30).
    """
    data = text.encode()
    if len(data) > MAX_SUMMARY_BYTES:
        data = data[:MAX_SUMMARY_BYTES].rpartition(b"\n")[0] + b"\n\nCut here; `--format json` holds all of it.\n"
    try:
        with path.open("ab") as file:
            file.write(data + b"\n")
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error


def share(text: str) -> float:
    """A share from 0 on, for argparse."""
    found = number(text)
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 on; ten per cent are 0.1")
    return found


def ratio(text: str) -> float:
    """A ratio from 1 on, for argparse."""
    found = number(text)
    if not 1 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a ratio from 1 on; half as long again is 1.5")
    return found


def whole(text: str) -> int:
    """A whole number from 0 on, for argparse."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)
