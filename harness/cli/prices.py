"""`harness prices`: the rows in force, all rows of one model, problems in the price book, newer rows of other lists."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from harness.cli.documents.prices import check_document, list_document, show_document
from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, instant, price_book
from harness.cli.price_lists.update import update_prices
from harness.config.load import Config
from harness.config.resolve import ResolvedEntry
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, UsageError
from harness.core.labels import closest_names
from harness.pricing.book import PriceBook
from harness.pricing.check import IssueLevel, check_book
from harness.pricing.price_lists.read import installed_lists
from harness.report.render.table import ReportDocument


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the rows in force, one line per model")
    listing.add_argument("words", nargs="*", metavar="WORD", help="only models that contain every word")
    showing = actions.add_parser("show", help="all rows of a model, with dates, rates and sources")
    showing.add_argument("model", metavar="MODEL", help="provider/model, or another name the price book knows it by")
    checking = actions.add_parser("check", help="problems in the price book")
    checking.epilog = (
        "Compares with the data of genai-prices and litellm where they are installed. Ends with 1 when it finds an "
        "error, with 0 when it finds only warnings and notes."
    )
    updating = actions.add_parser("update", help="take newer rows from price lists that others maintain")
    updating.add_argument("words", nargs="*", metavar="WORD", help="also models that contain every word")
    updating.add_argument(
        "--from",
        dest="files",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a list as a file: litellm's, genai-prices' or models.dev's JSON (default: the installed packages)",
    )
    updating.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    updating.epilog = (
        "Writes to HARNESS_PRICES_DIR, else to price-performance-harness/prices below XDG_CONFIG_HOME or ~/.config. "
        "Looks at the models of providers.yaml and at those that WORDs name. A row of ours stands unless the other "
        "list names a later day. Nothing goes over the network."
    )
    for action in (listing, showing, checking, updating):
        action.add_argument("--at", type=instant, metavar="TIME", help="in force then, UTC (default: now)")
        add_providers_option(action)
        add_prices_option(action)
    for action in (listing, showing, checking):
        add_output_options(action, has_json_option=True)
    updating.add_argument("--json", action="store_true", help="JSON; rates are texts: none passes through a float")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    config = load_context(arguments.providers).config
    book = price_book(config, arguments.prices)
    at: datetime = arguments.at or datetime.now(UTC)
    match arguments.action:
        case "list":
            print_document(_listed(book, arguments.words, at), arguments)
        case "show":
            print_document(_shown(book, arguments.model, at), arguments)
        case "update":
            return update_prices(book, billed_models(config), arguments, at.date())
        case _:
            lists, absent = installed_lists()
            findings = check_book(book, at.date(), models=billed_models(config), lists=lists, absent=absent)
            print_document(check_document(findings, book, at), arguments)
            return EXIT_CHECK_FAILED if any(one.level is IssueLevel.ERROR for one in findings) else EXIT_OK
    return EXIT_OK


def _listed(book: PriceBook, words: list[str], at: datetime) -> ReportDocument:
    names = [name for name in book.models() if all(word.lower() in name for word in words)]
    if not names:
        raise UsageError(
            f"no model with prices contains {' and '.join(words)}; {closest_names(words[0], book.models())}"
        )
    return list_document({name: book.price_at(*_split(name), at) for name in names}, at)


def _shown(book: PriceBook, model: str, at: datetime) -> ReportDocument:
    name = model.partition("@")[0]
    rows = book.rows(*_split(name))
    if not rows:
        raise UsageError(f"no price row of {name!r}; {closest_names(name, [*book.models(), *book.aliases])}")
    return show_document(rows, book.price_at(*_split(name), at), at)


def _is_priced_here(found: ResolvedEntry) -> bool:
    """Whether providers.yaml itself has a price of tokens, or of GPU time."""
    return any((found.entry.price, found.host.price, found.entry.cost, found.host.cost))


def billed_models(config: Config) -> dict[str, date | None]:
    """The models of providers.yaml that a provider bills, each with the day its entry says it is retired, if exact."""
    found: dict[str, date | None] = {}
    for label in config.labels:
        resolved = config.find(label)
        if resolved.entry.simulate is None and not _is_priced_here(resolved):
            retired = resolved.entry.retired_on
            found[resolved.name] = None if retired is None else retired.first_day
    return found


def _split(name: str) -> tuple[str, str]:
    """(provider, model) of `provider/model`. Raises UsageError for anything else."""
    provider, slash, model = name.partition("/")
    if not slash or not provider or not model:
        raise UsageError(f"{name!r} is no model; write provider/model, such as deepseek/deepseek-chat")
    return provider, model
