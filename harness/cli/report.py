"""`harness report`: the report of a run again, derived from its files, free; or runs as one HTML file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document, print_sentence
from harness.cli.options.run_argument import run_path
from harness.cli.session.run_summary import view_run
from harness.core.errors import EXIT_OK, UsageError
from harness.report.render.formats import OutputFormat
from harness.report.render.language import tr
from harness.store.log import write_whole
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", type=run_path, metavar="RUN", help="run folders, or names in ./results")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write one HTML file with tables, charts and every answer"
    )
    add_output_options(parser)
    group = parser.add_argument_group("in the HTML file")
    texts = group.add_mutually_exclusive_group()
    texts.add_argument("--no-texts", action="store_true", help="figures only, no prompt and no answer")
    texts.add_argument("--samples", choices=["all", "wrong"], default="all", help="wrong: no text of a correct answer")
    group.add_argument("--reasoning", action="store_true", help="reasoning texts too")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    folders = [RunDir.open(path) for path in arguments.runs]
    form: OutputFormat = arguments.format
    if arguments.output is not None or form is OutputFormat.HTML:
        return _write_html(arguments, folders)
    if arguments.no_texts or arguments.samples != "all" or arguments.reasoning:
        raise UsageError("--no-texts, --samples and --reasoning are for the HTML file: add -o FILE.html")
    if len(folders) > 1:
        raise UsageError("several runs go into one HTML file (-o FILE.html); harness compare shows them in one table")
    (folder,) = folders
    view = view_run(folder)
    view.write()
    print_document(view.document, arguments)
    if form is OutputFormat.TEXT:
        print()
        print_sentence(tr(view.where))
    return EXIT_OK


def _write_html(arguments: argparse.Namespace, folders: list[RunDir]) -> int:
    from harness.viewer.report_file import ReportOptions, report_html  # jinja2 and charts, for pages alone

    if arguments.format not in (OutputFormat.HTML, OutputFormat.TEXT):
        raise UsageError(
            f"-o writes HTML, not {arguments.format.value}; redirect: --format {arguments.format.value} > FILE"
        )
    if arguments.columns or arguments.sort:
        raise UsageError("--columns and --sort are for text and md; the HTML file has every column and sorts in place")
    if arguments.output is not None and not arguments.output.parent.is_dir():
        raise UsageError(f"-o {arguments.output}: the folder {arguments.output.parent} does not exist")
    options = ReportOptions(
        has_texts=not arguments.no_texts, only_wrong=arguments.samples == "wrong", has_reasoning=arguments.reasoning
    )
    text = report_html(folders, options)
    if arguments.output is None:
        sys.stdout.write(text)
        return EXIT_OK
    write_whole(arguments.output, text.encode())
    print(f"{arguments.output}: {len(text.encode()) / 1e6:.1f} MB, opens from disk")
    return EXIT_OK
