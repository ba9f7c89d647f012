"""`harness report`: the comparison of a run again, derived from its files, free."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli.session.run_summary import FORMATS, view_run
from harness.core.errors import EXIT_OK
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as results/NAME")
    parser.add_argument("--format", choices=FORMATS, default="text", help="what to print (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    folder = RunDir.open(arguments.run)
    view = view_run(folder)
    view.write()
    print(view.rendered(arguments.format))
    if arguments.format == "text":
        print(f"report: {folder.path / 'report.html'} (and report.md)")
    return EXIT_OK
