"""`harness compare`: models of one run or of several side by side, each against a baseline, with intervals."""

from __future__ import annotations

import argparse

from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_OK
from harness.report.comparison.build import compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.comparison.render import document
from harness.report.run_data.load import RunData


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", type=run_path, metavar="RUN", help="run folders, or names in ./results")
    parser.add_argument(
        "--baseline",
        metavar="MODEL",
        help="baseline model (default: the first model of the first run)",
    )
    parser.add_argument(
        "--allow-mixed",
        action="store_true",
        help="compare runs of different task versions, prompts or settings anyway, and say what differs",
    )
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    field = load_compared_runs([RunData.load(path) for path in arguments.runs], allow_mixed=arguments.allow_mixed)
    print_document(document(compare_models(field, baseline=arguments.baseline)), arguments)
    return EXIT_OK
