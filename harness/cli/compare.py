"""`harness compare`: models of one run or of several side by side, each against a baseline, with intervals."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.core.errors import EXIT_OK
from harness.report.comparison.build import compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.comparison.page import as_html
from harness.report.comparison.render import as_csv, as_json, as_markdown, as_text
from harness.report.run_data.load import RunData

FORMATS = {"table": as_text, "md": as_markdown, "csv": as_csv, "json": as_json, "html": as_html}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders, such as results/NAME")
    parser.add_argument(
        "--baseline",
        metavar="MODEL",
        help="baseline model (default: the first model of the first run)",
    )
    parser.add_argument("--format", choices=FORMATS, default="table", help="what to print (default: table)")
    parser.add_argument(
        "--allow-mixed",
        action="store_true",
        help="compare runs of different task versions, prompts or settings all the same, and say what differs",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    field = load_compared_runs([RunData.load(path) for path in arguments.runs], allow_mixed=arguments.allow_mixed)
    print(FORMATS[arguments.format](compare_models(field, baseline=arguments.baseline)))
    return EXIT_OK
