"""`harness import`: results of others as a run folder, or as a board where they have no samples."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.cli.options.prices import add_prices_option
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_OK, DataError, LocalError, UsageError
from harness.core.plurals import counted
from harness.grading.base import grader_names
from harness.importers.board import write_board
from harness.importers.price_history import load_history
from harness.importers.recognise import FORMATS, format_of, other_formats, read_source
from harness.importers.results import ImportedResults, ImportOptions, SourceFormat
from harness.importers.run_folder import ImportRequest, write_run
from harness.importers.source_files import SourceFiles
from harness.store.run_dir import RESULTS

EXAMPLES = """\
examples:
  harness import replies.jsonl                                  raw responses, dollars by the price of their day
  harness import board.csv --map model=engine,correct=resolved,usd=cost
  harness import info_for_leaderboard.json --name swebench --label gpt-5=openai/gpt-5
  harness audit polyglot_leaderboard.yml                        a board that has no samples
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = EXAMPLES + "\nformats:\n" + "".join(f"  {one.name:20}  {one.summary}\n" for one in FORMATS)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, folders or archives of one source")
    parser.add_argument("--format", metavar="NAME", help="the format, if it cannot be recognized by content")
    parser.add_argument("--name", metavar="RUN", help="name of the run folder (default: that of the first path)")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where run folders go")
    add_source_options(parser)
    parser.add_argument(
        "--grader", default="", metavar="NAME", help="grader for harness regrade, where texts and targets exist"
    )
    add_prices_option(parser)


def add_source_options(parser: argparse._ActionsContainer) -> None:
    """How a source is read, shared with `harness audit`: `--map`, and `--label MODEL=LABEL` once for each model."""
    parser.add_argument(
        "--map",
        type=pairs,
        default={},
        metavar="FIELD=COLUMN,...",
        help="columns of a table: correct=resolved,usd=cost",
    )
    parser.add_argument(
        "--label",
        type=pairs,
        action="append",
        default=[],
        metavar="MODEL=LABEL",
        help="the provider/model whose price rows bill a model of the source",
    )


def pairs(text: str) -> dict[str, str]:
    """`a=b,c=d` as a mapping, for argparse."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.rpartition("="))
        if not (name and equals and value):
            raise argparse.ArgumentTypeError(f"{part!r} is not NAME=VALUE")
        found[name] = value
    return found


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    if arguments.grader and arguments.grader not in grader_names():
        raise UsageError(f"--grader {arguments.grader}: unknown; known: {', '.join(grader_names())}")
    files = SourceFiles(arguments.paths)
    form = format_of(files, arguments.format, has_columns=bool(arguments.map))
    results = read_source(files, form, ImportOptions(columns=arguments.map))
    others = () if len(files.files) == 1 else other_formats(files, form)
    folder = arguments.results / (arguments.name or _default_name(arguments.paths))
    if folder.exists():
        raise LocalError(f"{folder} exists already: name another --name")
    if not results.answers:
        if not results.rows:
            raise DataError(f"{arguments.paths[0]}: read as {form.name}, and it holds no result")
        path = write_board(folder, results, form, files)
        print(f"IMPORTED {counted(len(results.rows), 'row')} of a board ({form.name}) into {path}")
        print("\n".join([*_not_read(others), f"no samples behind its rows, so no run: see harness audit {folder}"]))
        return EXIT_OK
    request = ImportRequest(
        files=files,
        format=form,
        results=results,
        history=load_history(arguments.prices),
        labels={name: label for one in arguments.label for name, label in one.items()},
        grader=arguments.grader,
        now=SYSTEM_CLOCK.now(),
    )
    written = write_run(request, folder)
    *summary, following = _summary(results, form, written.path)
    print("\n".join([*summary, *_not_read(others), following]))
    return EXIT_OK


def _not_read(others: Sequence[str]) -> list[str]:
    return [f"  not read: files of the format {one} are there, too; --format {one} reads those" for one in others]


def _default_name(paths: Sequence[Path]) -> str:
    return paths[0].resolve().name.partition(".")[0] or "imported"


def _summary(results: ImportedResults, form: SourceFormat, folder: Path) -> list[str]:
    published = results.published
    answers = Counter(one.model for one in results.answers)
    graded = sum(one.grade is not None for one in results.answers)
    texts = sum(one.has_text for one in results.answers)
    lines = [
        f"IMPORTED {counted(len(results.answers), 'answer')} of {counted(len(answers), 'model')} ({form.name}) "
        f"into {folder}",
        f"  with the source's verdict: {graded:,}; with text and target, so that they can be regraded: {texts:,}",
    ]
    if published.title:
        lines.append("  source: " + ", ".join(filter(None, (published.title, published.url, published.licence))))
    if published.lacking:
        lines.append(f"  not known: {'; '.join(published.lacking)}")
    lines += [f"  note: {note}" for note in published.notes]
    return [*lines, f"next: harness report {folder}, harness compare {folder}, harness audit {folder}"]
