"""How a command writes its document: the options, the screen it is fitted to, and the writing."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from harness.core.errors import UsageError
from harness.report.render.choose import choose
from harness.report.render.formats import OutputFormat, render
from harness.report.render.language import LANGUAGES
from harness.report.render.lines import printable, wrap
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table
from harness.report.render.text import PAPER, Screen

FORMER_FORMATS = {"table": OutputFormat.TEXT}
"""Names of before; they stay accepted."""
IN_FILES = (OutputFormat.CSV, OutputFormat.JSON)


def add_output_options(parser: argparse.ArgumentParser, *, has_json_option: bool = False) -> argparse._ArgumentGroup:
    """The options that say what is written and how, a group; `has_json_option`: `--json` too, as before."""
    group = parser.add_argument_group("output")
    names = ", ".join(form.value for form in OutputFormat)
    group.add_argument(
        "--format",
        type=output_format,
        default=OutputFormat.TEXT,
        metavar="FORMAT",
        help=f"{names} (default: text)",
    )
    if has_json_option:
        group.add_argument(
            "--json", dest="format", action="store_const", const=OutputFormat.JSON, help="the same as --format json"
        )
    group.add_argument(
        "--columns", type=column_names, metavar="NAMES", help="only these, by their names in JSON: NAME,NAME"
    )
    group.add_argument("--sort", metavar="COLUMN", help="sort the rows by this column, best first")
    add_language_option(group)
    group.add_argument("--wide", action="store_true", help="all columns, however wide the terminal is")
    group.add_argument("--ascii", action="store_true", help="ASCII only")
    return group


def add_language_option(parser: argparse._ActionsContainer) -> None:
    """`--lang`; the command runs in that language (cli.main)."""
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of tables and pages (default: en)")


def output_format(text: str) -> OutputFormat:
    """A format by its name, for argparse."""
    if text in FORMER_FORMATS:
        return FORMER_FORMATS[text]
    try:
        return OutputFormat(text)
    except ValueError:
        names = ", ".join(form.value for form in OutputFormat)
        raise argparse.ArgumentTypeError(f"format {text!r} is unknown; accepted: {names}") from None


def column_names(text: str) -> tuple[str, ...]:
    """Names with commas between them, for argparse."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("name at least one column, such as accuracy,spent_usd")
    return names


def print_document(document: ReportDocument, arguments: argparse.Namespace) -> None:
    """Write the document on standard output as the options say. Raises UsageError for a column it does not have."""
    print(written(document, arguments), end="")


def written(document: ReportDocument, arguments: argparse.Namespace) -> str:
    """The document as the options say, with a newline at its end."""
    form: OutputFormat = arguments.format
    text = render(_chosen(document, arguments), form, standard_output(is_wide=arguments.wide, is_ascii=arguments.ascii))
    return text if text.endswith("\n") else f"{text}\n"


def print_sentence(text: str) -> None:
    """Write a sentence below a table, fitted to the terminal."""
    width, shown = standard_output().width, printable(text)
    print("\n".join([shown] if width is None else wrap(shown, width, following="  ")))


def _chosen(document: ReportDocument, arguments: argparse.Namespace) -> ReportDocument:
    form: OutputFormat = arguments.format
    if not (arguments.columns or arguments.sort):
        return document
    if form in IN_FILES:
        raise UsageError(f"--columns and --sort are for text, md and html; {form.value} holds every figure")
    return choose(document, columns=arguments.columns, sort=arguments.sort)


def check_output_options(columns: Sequence[Column[Any]], arguments: argparse.Namespace) -> None:
    """Refuse, before anything is sent, columns that the table at the end will not have. Raises UsageError."""
    section = Section(title="", tables=(Table(columns=tuple(columns), rows=()),))
    _chosen(ReportDocument(title="", sections=(section,), record=None, flat=FlatRows(keys=(), rows=())), arguments)


def standard_output(*, is_wide: bool = False, is_ascii: bool = False) -> Screen:
    """The terminal that standard output is, with its width and colours; paper where it is none."""
    if not sys.stdout.isatty():
        return Screen(is_ascii=True) if is_ascii else PAPER
    has_colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = None if is_wide else shutil.get_terminal_size().columns
    return Screen(width=width, has_colour=has_colour, is_ascii=is_ascii)
