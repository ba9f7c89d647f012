"""`harness baseline`: write the figures of a run as the baseline of a gate, with all that changes; show a baseline."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.report.gate.baseline import Baseline
from harness.report.gate.baseline_file import encode, read_baseline
from harness.report.gate.baseline_of_run import baseline_of
from harness.report.gate.baseline_render import changes_document, rows_document
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import Tolerances
from harness.report.render.formats import OutputFormat
from harness.report.run_data.load import RunData
from harness.store.log import write_whole

EXACTLY = Tolerances(exact_accuracy=True, usd=0, tokens=0)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    update = actions.add_parser(
        "update", help="write the figures of a finished run as the baseline of harness gate, and list what changes"
    )
    update.add_argument("run", type=run_path, metavar="RUN", help="a finished run folder, or its name in ./results")
    update.add_argument("file", type=Path, metavar="FILE", help="the baseline, JSON; new or replaced")
    update.add_argument(
        "--no-texts",
        action="store_true",
        help="prompts and extracted answers as hashes; changes are detected, not shown",
    )
    add_output_options(update)
    show = actions.add_parser("show", help="the rows of a baseline")
    show.add_argument("file", type=Path, metavar="FILE", help="a file of harness baseline update")
    add_output_options(show)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.action == "update":
        return update_baseline(arguments.run, arguments.file, arguments, has_texts=not arguments.no_texts)
    print_document(rows_document(read_baseline(arguments.file), str(arguments.file)), arguments)
    return EXIT_OK


def update_baseline(folder: Path, file: Path, arguments: argparse.Namespace, *, has_texts: bool) -> int:
    """Write the baseline, after a list of what changes in an existing one; `arguments` say how to print it.

    A run that is not done is refused with EXIT_INCOMPLETE, one without any answer with a UsageError.
    """
    if file.is_dir():
        raise UsageError(f"{file} is a folder; a baseline is a file")
    now = baseline_of(RunData.load(folder), has_texts=has_texts)
    missing = sum(one.planned - one.finished for one in now.rows)
    if missing:
        raise IncompleteRun(f"{counted(missing, 'job')} of {folder} not done: no baseline was written")
    if not any(one.answers for one in now.rows):
        raise UsageError(f"{folder} holds no answer: every job failed, so there is nothing to compare with")
    before = read_baseline(file) if file.exists() else None
    if before is not None:
        print_document(changes_document(run_gate(before, now, EXACTLY, allow_changed=True), str(file)), arguments)
    if before is not None and _is_same(before, now):
        _say(f"baseline: {file} is up to date", arguments)
        return EXIT_OK
    write_whole(file, encode(now))
    done = "written" if before is None else "replaced"
    samples = sum(len(one.samples) for one in now.rows)
    _say(f"baseline: {file} {done}: {counted(len(now.rows), 'row')}, {counted(samples, 'sample')}", arguments)
    return EXIT_OK


def _say(text: str, arguments: argparse.Namespace) -> None:
    """Print a sentence below text, beside any other format: standard output then holds one document."""
    print(text, file=sys.stdout if arguments.format is OutputFormat.TEXT else sys.stderr)


class IncompleteRun(UsageError):
    """The run that should be a baseline has jobs that are not done."""

    exit_code = EXIT_INCOMPLETE


def _is_same(one: Baseline, other: Baseline) -> bool:
    """Whether both say the same, but for times and for where they come from."""
    return _timeless(one) == _timeless(other)


def _timeless(baseline: Baseline) -> Baseline:
    rows = [
        replace(
            row,
            ttft_s=None,
            total_s=None,
            samples={name: replace(sample, ttft_s=(), total_s=()) for name, sample in row.samples.items()},
        )
        for row in baseline.rows
    ]
    never = datetime.min.replace(tzinfo=UTC)
    return replace(baseline, harness_version="", run="", created_at=never, command=(), rows=tuple(rows))
