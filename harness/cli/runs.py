"""`harness runs list`: the run folders there are, with state, tasks, models, dollars and age."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document
from harness.core.errors import EXIT_OK, UsageError
from harness.report.history.run_list import list_runs
from harness.report.history.run_list_render import run_list_document
from harness.store.run_dir import RESULTS


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("list",))
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="folder of the run folders (default: results)"
    )
    add_output_options(parser)
    parser.epilog = "Reads files only. A folder that is broken or no run is listed with what is wrong with it."


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if not arguments.results.is_dir():
        raise UsageError(f"{arguments.results} is not a folder; --results names the folder that run folders are in")
    entries = list_runs(arguments.results)
    print_document(run_list_document(entries, arguments.results, now=datetime.now(UTC)), arguments)
    return EXIT_OK
