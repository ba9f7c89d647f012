"""`harness audit`: a published board recomputed from its own data."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.audit.build import audit
from harness.audit.render import document
from harness.cli.import_run import add_source_options
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option
from harness.core.errors import EXIT_OK, DataError, UsageError
from harness.importers.board import BOARD, read_board
from harness.importers.price_history import load_history
from harness.importers.recognise import format_of, read_source
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.run_folder import read_run
from harness.importers.source_files import SourceFiles
from harness.report.render.formats import OutputFormat
from harness.store.run_dir import RunDir, is_run_folder

EXAMPLES = """\
examples:
  harness audit polyglot_leaderboard.yml                  dollars published and recomputed, Wilson intervals
  harness audit gaia.db --baseline RUN_ID --format csv    paired with one row, for a program
  harness audit lineage --label minimax-m2=minimax/minimax-m2 --baseline claude-sonnet-4.5
  harness audit board.tgz --html > audit.html             a page for the maintainers of the board
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = EXAMPLES
    board = parser.add_argument_group("the board")
    board.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="files of a board, or an imported board or run"
    )
    board.add_argument("--input", metavar="NAME", help="the format of the board, if it cannot be recognized")
    board.add_argument("--baseline", metavar="ROW", help="the row that others are paired with (default: the best)")
    add_source_options(board)
    add_prices_option(board)
    output = add_output_options(parser, has_json_option=True)
    output.add_argument(
        "--html", dest="format", action="store_const", const=OutputFormat.HTML, help="the same as --format html"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    results = _results(arguments)
    if not results.answers and not results.rows:
        raise DataError(f"{arguments.paths[0]}: it holds no row")
    found = audit(
        results,
        load_history(arguments.prices),
        source=", ".join(path.name for path in arguments.paths),
        baseline=arguments.baseline,
        labels={name: label for one in arguments.label for name, label in one.items()},
    )
    print_document(document(found), arguments)
    return EXIT_OK


def _results(arguments: argparse.Namespace) -> ImportedResults:
    first: Path = arguments.paths[0]
    board = first / BOARD if first.is_dir() else first
    if board.name == BOARD and board.is_file():
        return read_board(board)
    if is_run_folder(first):
        if len(arguments.paths) > 1:
            raise UsageError(f"{first} is a run folder: audit it alone, or give the files of one board")
        return read_run(RunDir(first))
    files = SourceFiles(arguments.paths)
    return read_source(
        files, format_of(files, arguments.input, has_columns=bool(arguments.map)), ImportOptions(columns=arguments.map)
    )
