"""Problems in the price book: what is undated, old, overlapping, missing, about to end, or contradicted by other lists.

Nothing is changed here, and nothing goes over the network: other lists are read from installed packages
(pricing.price_lists). A difference is a question, not an answer (pricing.compare_lists).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from itertools import pairwise

from harness.core.prices import CostUnknown, Price
from harness.pricing.book import PriceBook
from harness.pricing.compare_lists import PriceDifferenceKind, differences, listed_model
from harness.pricing.cost import OLD_AFTER, OWN
from harness.pricing.price_lists.listed_models import PriceList

SOON = timedelta(days=30)
"""How far ahead ends and retirements are named: until the next monthly look at the book."""


class IssueLevel(Enum):
    """How much a finding matters: an error breaks bills, a warning asks for a look, a note only informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBookIssue:
    """One problem; `price_id` is None where it is about no single row."""

    level: IssueLevel
    price_id: str | None
    message: str


def check_book(
    book: PriceBook,
    today: date,
    *,
    models: Mapping[str, date | None] | None = None,
    lists: Sequence[PriceList] = (),
    absent: Sequence[str] = (),
) -> list[PriceBookIssue]:
    """Every problem in the book on that day, errors first.

    `models`: those that can be asked for (provider/model), each with the day its entry says it is retired. `lists`: the
    other price lists to compare with; `absent` names those that are not there, each of which is a note.
    """
    issues = [issue for name in book.models() for issue in _check_model(book, name, today)]
    issues += _check_exchange(book, today)
    issues += _check_served(book, models or {}, today)
    issues += _compare(book, today, lists)
    issues += [_note(None, f"not compared with {name}: it is not installed") for name in absent]
    return sorted(issues, key=lambda issue: list(IssueLevel).index(issue.level))


def _error(price_id: str | None, message: str) -> PriceBookIssue:
    return PriceBookIssue(level=IssueLevel.ERROR, price_id=price_id, message=message)


def _warning(price_id: str | None, message: str) -> PriceBookIssue:
    return PriceBookIssue(level=IssueLevel.WARNING, price_id=price_id, message=message)


def _note(price_id: str | None, message: str) -> PriceBookIssue:
    return PriceBookIssue(level=IssueLevel.NOTE, price_id=price_id, message=message)


def _split(name: str) -> tuple[str, str]:
    provider, _, model = name.partition("/")
    return provider, model


def _check_model(book: PriceBook, name: str, today: date) -> Iterator[PriceBookIssue]:
    rows = book.rows(*_split(name))
    for row in rows:
        yield from _check_row(row, today)
    for layer in book.layers:
        for earlier, later in pairwise(layer.get(name, ())):
            if earlier.effective_to is None or earlier.effective_to > later.effective_from:
                yield _error(later.id, f"begins at {later.effective_from:%Y-%m-%dT%H:%MZ}, before {earlier.id} ends")
    yield from _check_end(book, name, today)


def _check_row(row: Price, today: date) -> Iterator[PriceBookIssue]:
    if not row.sources:
        yield _error(row.id, "names no source")
    if row.effective_to is not None and row.effective_to <= row.effective_from:
        yield _error(row.id, "ends before it begins")
    if row.read_on > today:
        yield _error(row.id, f"was read on {row.read_on}, which is to come")
    if not _is_current(row, today):
        return
    if row.confidence != OWN and today - row.read_on > OLD_AFTER:
        yield _warning(row.id, f"was read {(today - row.read_on).days} days ago, on {row.read_on}")
    if row.confidence == "low":
        yield _note(row.id, f"low confidence: {row.basis or 'no basis given'}")


def _is_current(row: Price, today: date) -> bool:
    is_open = row.effective_to is None or row.effective_to.date() > today
    return is_open and (row.retired_on is None or row.retired_on > today)


def _check_end(book: PriceBook, name: str, today: date) -> Iterator[PriceBookIssue]:
    """Rows that end within a month, and whether another follows."""
    row = book.price_at(*_split(name), _noon(today))
    if isinstance(row, CostUnknown):
        return
    if row.retired_on is not None and today < row.retired_on <= today + SOON:
        yield _note(row.id, f"{row.model} is retired on {row.retired_on}")
    elif row.effective_to is not None and row.effective_to.date() <= today + SOON and row.retired_on is None:
        after = book.price_at(*_split(name), row.effective_to)
        if isinstance(after, CostUnknown):
            yield _warning(row.id, f"ends at {row.effective_to:%Y-%m-%dT%H:%MZ} and no row follows")
        else:
            yield _note(row.id, f"ends at {row.effective_to:%Y-%m-%dT%H:%MZ}; then {after.id} holds")


def _check_exchange(book: PriceBook, today: date) -> Iterator[PriceBookIssue]:
    for currency in sorted({row.currency for row in book.all_rows()} - {"USD"}):
        known = [rate for rate in book.exchange if rate.currency == currency and rate.on <= today]
        if not known:
            yield _error(None, f"no exchange rate for {currency}")
        elif today - known[-1].on > OLD_AFTER:
            yield _warning(None, f"the last exchange rate of {currency} is of {known[-1].on}")


def _check_served(book: PriceBook, models: Mapping[str, date | None], today: date) -> Iterator[PriceBookIssue]:
    """Models that can be asked for and have no price, or another day of retirement than their price row."""
    for name, retired_on in models.items():
        row = book.price_at(*_split(name), _noon(today))
        is_gone = retired_on is not None and retired_on <= today
        if isinstance(row, CostUnknown):
            if not is_gone:
                yield _warning(None, f"{name} is in providers.yaml and has no price row in force")
        elif row.retired_on != retired_on and (row.retired_on is not None or retired_on is not None):
            said = f"retired on {retired_on}" if retired_on else "not retired"
            here = f"on {row.retired_on}" if row.retired_on else "never"
            yield _warning(row.id, f"providers.yaml says {said}, the price row {here}")


def _compare(book: PriceBook, today: date, lists: Sequence[PriceList]) -> Iterator[PriceBookIssue]:
    names = [name for name in book.models() if _is_live(book, name, today)]
    for found in differences(book, lists, names, today):
        if found.kind is PriceDifferenceKind.CONTRADICTION and found.ours is not None:
            yield _warning(found.ours.id, f"other price: {found.words}")
        elif found.kind is PriceDifferenceKind.CHANGE and found.ours is not None:
            yield _warning(found.ours.id, f"newer price: {found.words}; take it with harness prices update")
    for one in lists:
        unlisted = [name for name in names if listed_model(one, book, name) is None]
        if unlisted:
            yield _note(None, f"{one.title} does not list {', '.join(unlisted)}")
        for name in names:
            yield from _retirement(book, name, one, today)


def _retirement(book: PriceBook, name: str, one: PriceList, today: date) -> Iterator[PriceBookIssue]:
    model, row = listed_model(one, book, name), book.price_at(*_split(name), _noon(today))
    if model is None or model.retired_on is None or isinstance(row, CostUnknown) or row.retired_on is not None:
        return
    yield _warning(row.id, f"{one.title} says that {row.model} is retired on {model.retired_on}, the row says nothing")


def _is_live(book: PriceBook, name: str, today: date) -> bool:
    """Whether a row in dollars is in force and the model is served."""
    row = book.price_at(*_split(name), _noon(today))
    return (
        not isinstance(row, CostUnknown) and row.currency == "USD" and row.confidence != OWN and _is_current(row, today)
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
