"""`harness models`: whom `-m` can name, with today's price: all, or those whose label has every word."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.prices import add_prices_option, price_book
from harness.config.load import Config
from harness.core.errors import EXIT_OK, UsageError
from harness.core.labels import closest_names
from harness.core.prices import CostUnknown
from harness.pricing.book import PriceBook
from harness.report.render.lines import align_columns


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="only labels that contain every word; @ lists the groups"
    )
    add_providers_option(parser)
    add_prices_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    config = load_context(arguments.providers).config
    if arguments.words == ["@"]:
        for name, members in config.groups.items():
            print(f"@{name}: {', '.join(members)}")
        return EXIT_OK
    book = price_book(config, arguments.prices)
    labels = [label for label in config.labels if all(word.lower() in label for word in arguments.words)]
    if not labels:
        raise UsageError(
            f"no model's label contains {' and '.join(arguments.words)}; "
            f"{closest_names(arguments.words[0], config.labels)}"
        )
    now = datetime.now(UTC)
    rows = [["model", "in / out per Mtok"], *([label, _price(book, label, now)] for label in labels)]
    notes = ["notes", *(_notes(config, label, now) for label in labels)]
    print("\n".join(f"{line}  {note}".rstrip() for line, note in zip(align_columns(rows), notes, strict=True)))
    return EXIT_OK


def _price(book: PriceBook, label: str, now: datetime) -> str:
    provider, _, model = label.partition("/")
    price = book.price_at(provider, model, now)
    if isinstance(price, CostUnknown):
        return "?"
    return f"{price.currency} {price.rates.prompt:f} / {price.rates.completion:f}"


def _notes(config: Config, label: str, now: datetime) -> str:
    found = config.find(label)
    entry = found.entry
    parts = []
    if entry.retired_on is not None:
        verb = "retired" if entry.retired_on.first_day <= now.date() else "retires"
        parts.append(f"{verb} {entry.retired_on.text}")
    if entry.efforts:
        parts.append("@" + "|".join(effort.value for effort in entry.efforts))
    if entry.simulate is not None:
        parts.append("SIMULATED")
    return "; ".join(parts)
