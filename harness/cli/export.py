"""`harness export`: the data of runs as files for other programs."""

from __future__ import annotations

import argparse
import gc
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.exporters.output import new_file, write_folder
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.exporters.tables import ExportTable

    Writer = Callable[[Path, ExportTable[object], Sequence[RunData]], list[str]]

TABLE_FORMATS = ("csv", "jsonl", "parquet", "xlsx")
RESULT_FORMATS = ("every-eval-ever", "hf-eval-results")
"""Formats of result databases: a folder with one file per model and task."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", type=run_path, metavar="RUN", help="run folders, such as results/NAME")
    parser.add_argument(
        "--format",
        choices=(*TABLE_FORMATS, *RESULT_FORMATS),
        default="csv",
        metavar="FORMAT",
        help="csv (default), jsonl, parquet, xlsx: one table; every-eval-ever, hf-eval-results: a folder of results",
    )
    parser.add_argument(
        "--what",
        choices=tuple(TABLES),
        metavar="WHAT",
        help="; ".join(f"{table.name}: one row per {table.one_row}" for table in TABLES.values())
        + " (default: samples)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="file or folder (default: RUN-WHAT.FORMAT here); - is standard output",
    )
    parser.add_argument("--force", action="store_true", help="replace what exists")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    runs = [RunData.load(path) for path in arguments.runs]
    if arguments.format in RESULT_FORMATS:
        return _write_results(runs, arguments)
    table = TABLES[arguments.what or "samples"]
    path = arguments.output or Path(f"{default_stem(runs)}-{table.name}.{arguments.format}")
    write = _writer(arguments.format)
    if str(path) == "-":
        return _to_standard_output(write, table, runs, arguments.format)
    with new_file(path, is_forced=arguments.force) as part, _paused_collector():
        notes = write(part, table, runs)
    _say(notes)
    print(f"wrote {path}")
    return EXIT_OK


@contextmanager
def _paused_collector() -> Iterator[None]:
    """Without Python's search for reference cycles, which rows do not form: it costs a third of a large export."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_results(runs: Sequence[RunData], arguments: argparse.Namespace) -> int:
    if arguments.what is not None:
        raise UsageError(
            f"--what goes with {', '.join(TABLE_FORMATS)}; {arguments.format} has the accuracy of each model"
        )
    if arguments.format == "every-eval-ever":
        from harness.exporters.every_eval_ever import files
    else:
        from harness.exporters.eval_results import files
    folder = arguments.output or Path(f"{default_stem(runs)}-{arguments.format}")
    if str(folder) == "-":
        raise UsageError(f"-o -: {arguments.format} is a folder of files; name a folder")
    written, notes = files(runs)
    write_folder(folder, written, is_forced=arguments.force)
    _say(notes)
    print(f"wrote {counted(len(written), 'file')} below {folder}")
    return EXIT_OK


def default_stem(runs: Sequence[RunData]) -> str:
    """The start of a file name: the run's, or how many there are."""
    return runs[0].run.name if len(runs) == 1 else f"{len(runs)}-runs"


def _to_standard_output(write: Writer, table: ExportTable[object], runs: Sequence[RunData], form: str) -> int:
    if form not in ("csv", "jsonl"):
        raise UsageError(f"-o -: {form} is not text; accepted with it: csv, jsonl")
    _say(write(Path("/dev/stdout"), table, runs))
    return EXIT_OK


def _say(notes: list[str]) -> None:
    for note in notes:
        print(f"harness: {note}", file=sys.stderr)


def _writer(form: str) -> Writer:
    """The function that writes a format; pyarrow and xlsxwriter are imported only for their own."""
    match form:
        case "csv":
            from harness.exporters.csv import write
        case "jsonl":
            from harness.exporters.jsonl import write
        case "parquet":
            from harness.exporters.parquet import write
        case _:
            from harness.exporters.xlsx import write
    return write
