"""`harness trend`: one model on a task over all runs, with price and version changes marked."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document
from harness.core.errors import EXIT_OK, UsageError
from harness.report.history.trend import build_trend
from harness.report.history.trend_render import trend_document
from harness.store.run_dir import RESULTS


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", metavar="MODEL", help="label of the model, such as openai/gpt-5@high")
    parser.add_argument(
        "--task", action="append", default=[], metavar="TASK", help="only this task; repeat for more (default: all)"
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="folder of the run folders (default: results)"
    )
    add_output_options(parser)
    parser.epilog = "Reads files only. Runs that cannot be read are named and left out."


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if not arguments.results.is_dir():
        raise UsageError(f"{arguments.results} is not a folder; --results names the folder that run folders are in")
    found = build_trend(arguments.results, arguments.model, tuple(dict.fromkeys(arguments.task)))
    print_document(trend_document(found), arguments)
    return EXIT_OK
