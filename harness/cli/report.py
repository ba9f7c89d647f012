"""`harness report`: the report of a run again, derived from its files, free."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document
from harness.cli.session.run_summary import view_run
from harness.core.errors import EXIT_OK
from harness.report.render.formats import OutputFormat
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, or its name in ./results")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    folder = RunDir.open(arguments.run)
    view = view_run(folder)
    view.write()
    print_document(view.document, arguments)
    if arguments.format is OutputFormat.TEXT:
        print(f"\nreport: {folder.path / 'report.html'} (and report.md)")
    return EXIT_OK
