"""The earlier runs that a forecast rests on: the ones named with --from, else all in the results folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.core.errors import HarnessError
from harness.run.planning.measured_tokens import MeasuredTokens, measured_tokens
from harness.store.run_dir import RESULTS, RunDir, run_folders


def add_earlier_options(parser: argparse._ActionsContainer, *, what: str) -> None:
    """The options that name earlier runs; `what` is taken from them."""
    parser.add_argument(
        "--from",
        dest="earlier",
        type=Path,
        nargs="+",
        metavar="RUN",
        help=f"{what} from these runs only (default: all in --results)",
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="where run folders are (default: results)"
    )


def earlier_runs(arguments: argparse.Namespace) -> tuple[list[RunDir], list[MeasuredTokens]]:
    """The runs and their token use. A run named must be readable; one in the results folder is else named and left out.

    Raises HarnessError for a named run that cannot be read.
    """
    if arguments.earlier is not None:
        named = [RunDir.open(path) for path in arguments.earlier]
        return named, [use for run in named for use in measured_tokens(run)]
    runs: list[RunDir] = []
    uses: list[MeasuredTokens] = []
    for folder in run_folders(arguments.results):
        run = RunDir(folder)
        try:
            uses += measured_tokens(run)
        except HarnessError as error:
            print(f"harness: {folder} is left out: {error}", file=sys.stderr)
            continue
        runs.append(run)
    return runs, uses
