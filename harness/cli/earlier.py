"""The earlier runs that a forecast rests on: the ones named with --from, else all in the results folder.

A library for commands, not a command.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.core.errors import HarnessError
from harness.store.run_dir import MANIFEST, RunDir


def add_earlier_options(parser: argparse.ArgumentParser, *, what: str) -> None:
    """The options that name earlier runs; `what` is taken from them."""
    parser.add_argument(
        "--from",
        dest="earlier",
        type=Path,
        nargs="+",
        metavar="RUN",
        help=f"take {what} from these runs only (default: every run in --results)",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="where run folders are")


def earlier_runs(arguments: argparse.Namespace) -> list[RunDir]:
    """The runs. One that was named must be readable; in the results folder an unreadable one is named and left out."""
    if arguments.earlier is not None:
        return [RunDir.open(path) for path in arguments.earlier]
    found = []
    for file in sorted(arguments.results.glob(f"*/{MANIFEST}")):
        run_dir = RunDir(file.parent)
        try:
            run_dir.manifest()
            found.append(run_dir)
        except HarnessError as error:
            print(f"harness: {file.parent} is left out: {error}", file=sys.stderr)
    return found
