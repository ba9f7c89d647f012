"""`harness models`: the models that `-m` can name, with today's price: all, or those whose label has every word."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, price_book
from harness.config.load import Config
from harness.core.errors import EXIT_OK, UsageError
from harness.core.labels import closest_names
from harness.core.plurals import counted
from harness.core.prices import CostUnknown, Price
from harness.core.types import origin_of
from harness.pricing.book import PriceBook
from harness.report.render.mode import SIMULATED, mode_of
from harness.report.render.number_format import UNKNOWN
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedModel:
    """A model with its price row now; `retired`: `retires DAY` or `retired DAY`, empty without a day."""

    label: str
    price: Price | CostUnknown
    retired: str
    efforts: tuple[str, ...]
    simulated: bool


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="only labels that contain every word; @ lists the groups"
    )
    add_providers_option(parser)
    add_prices_option(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    config = load_context(arguments.providers).config
    if arguments.words == ["@"]:
        print_document(_groups_document(config), arguments)
        return EXIT_OK
    book = price_book(config, arguments.prices)
    labels = [label for label in config.labels if all(word.lower() in label for word in arguments.words)]
    if not labels:
        raise UsageError(
            f"no model's label contains {' and '.join(arguments.words)}; "
            f"{closest_names(arguments.words[0], config.labels)}"
        )
    now = datetime.now(UTC)
    print_document(_models_document([_entry(config, book, label, now) for label in labels]), arguments)
    return EXIT_OK


def _entry(config: Config, book: PriceBook, label: str, now: datetime) -> PricedModel:
    provider, _, model = label.partition("/")
    found = config.find(label).entry
    retired = ""
    if found.retired_on is not None:
        verb = "retired" if found.retired_on.first_day <= now.date() else "retires"
        retired = f"{verb} {found.retired_on.text}"
    return PricedModel(
        label=label,
        price=book.price_at(provider, model, now),
        retired=retired,
        efforts=tuple(effort.value for effort in found.efforts or ()),
        simulated=found.simulate is not None,
    )


def _models_document(entries: list[PricedModel]) -> ReportDocument:
    rows = [
        {
            **row,
            "currency": None if isinstance(entry.price, CostUnknown) else entry.price.currency,
            "prompt_per_mtok": None if isinstance(entry.price, CostUnknown) else entry.price.rates.prompt,
            "completion_per_mtok": None if isinstance(entry.price, CostUnknown) else entry.price.rates.completion,
            "mode": mode_of([origin_of(simulated=entry.simulated, imported=False)]),
        }
        for row, entry in zip(records((MODEL, RETIRED, EFFORTS), entries), entries, strict=True)
    ]
    return ReportDocument(
        title=counted(len(entries), "model"),
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=tuple(entries)),)),),
        record=rows,
        flat=FlatRows(keys=tuple(rows[0]), rows=tuple(rows)),
        notes=_unpriced_note(entries),
    )


def _unpriced_note(entries: Iterable[PricedModel]) -> tuple[str, ...]:
    if any(isinstance(entry.price, CostUnknown) for entry in entries):
        return (f"{UNKNOWN} no price is known today: harness prices show MODEL says why",)
    return ()


def _price_text(entry: PricedModel) -> str:
    if isinstance(entry.price, CostUnknown):
        return UNKNOWN
    sign = "$" if entry.price.currency == "USD" else f"{entry.price.currency} "
    return f"{sign}{entry.price.rates.prompt:f} / {sign}{entry.price.rates.completion:f}"


def _notes(entry: PricedModel) -> str:
    efforts = f"@{'|'.join(entry.efforts)}" if entry.efforts else ""
    return "; ".join(filter(None, (entry.retired, efforts, SIMULATED if entry.simulated else "")))


MODEL: Column[PricedModel] = prose_column("model", "model", lambda entry: entry.label)
RETIRED: Column[PricedModel] = prose_column("retired", "retired", lambda entry: entry.retired)
EFFORTS: Column[PricedModel] = prose_column("efforts", "efforts", lambda entry: "|".join(entry.efforts))
PRICE: Column[PricedModel] = Column(
    key="price",
    title="in / out per Mtok",
    meaning="list price now of a million input and output tokens",
    text=_price_text,
    value=lambda entry: None if isinstance(entry.price, CostUnknown) else float(entry.price.rates.prompt),
    lowest_is_best=True,
)
COLUMNS = (MODEL, PRICE, prose_column("notes", "notes", _notes, meaning="day of retirement, @efforts, SIMULATED"))


def _groups_document(config: Config) -> ReportDocument:
    groups = [(name, tuple(members)) for name, members in config.groups.items()]
    columns: tuple[Column[tuple[str, tuple[str, ...]]], ...] = (
        prose_column("group", "group", lambda group: f"@{group[0]}"),
        prose_column("members", "members", lambda group: ", ".join(group[1])),
    )
    return ReportDocument(
        title=counted(len(groups), "group"),
        sections=(Section(title="", tables=(Table(columns=columns, rows=tuple(groups)),)),),
        record=[{"group": name, "members": list(members)} for name, members in groups],
        flat=FlatRows(keys=("group", "members"), rows=tuple({"group": n, "members": list(m)} for n, m in groups)),
    )
