"""Other price lists held against the price book: what they add, what has changed since, what they contradict.

A difference is a question: in November 2025 public lists had DeepSeek's output price 2.6 to 5.2 times too high. So a
row of ours stands unless the other list names a later day for its price than the day our row was read; where two lists
agree, confidence is medium, else low.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import Enum

from harness.core.prices import CostUnknown, Price, Rates
from harness.pricing.book import PriceBook
from harness.pricing.exact import exact_text
from harness.pricing.price_lists.listed_models import ListedModel, ListedPrice, PriceList

COMPARED = ("prompt", "completion", "cached")
"""Rates that every list has; a list without a cached rate says nothing of it."""


class PriceDifferenceKind(Enum):
    """What another list says that the book does not."""

    ADDITION = "new"
    CHANGE = "changed"
    CONTRADICTION = "contradicts"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDifference:
    """One difference for one model. `row` is what an overlay would hold; None where our row stands."""

    kind: PriceDifferenceKind
    name: str
    ours: Price | None
    listed: ListedPrice
    lists: tuple[str, ...]
    row: Price | None

    @property
    def words(self) -> str:
        """Both prices in words: `prompt 1.25 here, 1.5 in litellm 1.110.2`."""
        theirs, said = self.listed.rates, " and ".join(self.lists)
        since = "" if self.listed.starts_on is None else f" from {self.listed.starts_on}"
        if self.ours is None:
            return f"{_rate_words(theirs)}{since} in {said}"
        differing = [what for what in COMPARED if _differs(what, self.ours, theirs)]
        parts = [f"{what} {_own_rates(what, self.ours)} here, {_text(theirs, what)} there" for what in differing]
        return f"{'; '.join(parts)}{since} ({said})"


def differences(
    book: PriceBook, lists: Sequence[PriceList], names: Iterable[str], today: date
) -> Iterator[PriceDifference]:
    """What the lists say of the named models (provider/model) that the book does not, in the order of the names.

    `today` is the day the lists are read: a price without a date is in force from then on.
    """
    for name in names:
        by_price: list[tuple[ListedPrice, ListedModel, list[PriceList]]] = []
        for one in lists:
            model = listed_model(one, book, name)
            for price in _upcoming(model, today) if model is not None else ():
                assert model is not None
                same = next((entry for entry in by_price if _is_same(entry[0], price)), None)
                if same is None:
                    by_price.append((price, model, [one]))
                else:
                    same[2].append(one)
        for price, model, said_by in by_price:
            found = _difference(book, name, price, model, said_by, today)
            if found is not None:
                yield found


def listed_model(one: PriceList, book: PriceBook, name: str) -> ListedModel | None:
    """The model in a list under its own name or under another name of it (`aliases` of the price files)."""
    names = [name.lower(), *(alias for alias, model in book.aliases.items() if model == name.lower())]
    return next((one.models[each] for each in names if each in one.models), None)


def _upcoming(model: ListedModel, today: date) -> list[ListedPrice]:
    """The price in force today and those that start later."""
    later = [price for price in model.prices if price.starts_on is not None and price.starts_on > today]
    return [model.price_on(today), *later]


def _difference(
    book: PriceBook, name: str, listed: ListedPrice, model: ListedModel, said_by: list[PriceList], today: date
) -> PriceDifference | None:
    starts_on = listed.starts_on or today
    at = datetime.combine(max(starts_on, today), time(12), tzinfo=UTC)
    provider, _, own_name = name.partition("/")
    ours = book.price_at(provider, own_name, at)
    titles = tuple(one.title for one in said_by)
    if isinstance(ours, CostUnknown):
        if book.rows(provider, own_name) and any(row.retired_on is not None for row in book.rows(provider, own_name)):
            return None  # withdrawn: a list that still has it says nothing new
        row = _row(provider, own_name, listed, model, said_by, today)
        kind = PriceDifferenceKind.ADDITION
        return PriceDifference(kind=kind, name=name, ours=None, listed=listed, lists=titles, row=row)
    if ours.currency != "USD" or not any(_differs(what, ours, listed.rates) for what in COMPARED):
        return None
    is_later = listed.starts_on is not None and listed.starts_on > max(ours.read_on, ours.effective_from.date())
    kind = PriceDifferenceKind.CHANGE if is_later else PriceDifferenceKind.CONTRADICTION
    new = _row(provider, own_name, listed, model, said_by, today) if is_later else None
    if new is not None:  # what other lists do not hold stays as it was
        new = replace(new, fee_share=ours.fee_share, explicit_caching_only=ours.explicit_caching_only)
    return PriceDifference(kind=kind, name=name, ours=ours, listed=listed, lists=titles, row=new)


def _row(
    provider: str, model: str, listed: ListedPrice, source: ListedModel, said_by: list[PriceList], today: date
) -> Price:
    starts_on = listed.starts_on or today
    pages = tuple(f"{one.title}, {one.url}, {today}" for one in said_by)
    own_page = (f"page named there, {source.page}, {today}",) if source.page.startswith("http") else ()
    dated = "the day that list names" if listed.starts_on else "not dated there: the row starts on the day it was read"
    return Price(
        id=f"{provider}/{model}@{starts_on}",
        provider=provider,
        model=model,
        currency="USD",
        rates=listed.rates,
        effective_from=datetime.combine(starts_on, time(0), tzinfo=UTC),
        effective_to=None,
        sources=(*pages, *own_page),
        read_on=today,
        confidence="medium" if len(said_by) > 1 else "low",
        basis=dated,
        notes="from a list that others maintain, not checked against the provider's page",
        tiers=listed.tiers,
        service_tiers=listed.service_tiers or {},
        retired_on=source.retired_on,
    )


def _is_same(one: ListedPrice, other: ListedPrice) -> bool:
    rates = zip(_main(one.rates), _main(other.rates), strict=True)
    return one.starts_on == other.starts_on and all(mine == theirs for mine, theirs in rates)


def _main(rates: Rates) -> tuple[object, object]:
    return rates.prompt, rates.completion


def _differs(what: str, ours: Price, theirs: Rates) -> bool:
    """Whether a listed rate is none of ours for a short prompt at any hour: other lists do not name their hour."""
    listed = getattr(theirs, what)
    return listed is not None and listed not in _possible(what, ours)


def _possible(what: str, price: Price) -> list[object]:
    rates = (price.rates, *(window.rates for window in price.windows))
    explicit = [one.cached_explicit for one in rates if what == "cached" and one.cached_explicit is not None]
    return [*(getattr(one, what) for one in rates), *explicit]


def _own_rates(what: str, price: Price) -> str:
    return " or ".join(dict.fromkeys("-" if rate is None else f"{rate}" for rate in _possible(what, price)))


def _text(rates: Rates, what: str) -> str:
    value = getattr(rates, what)
    return "-" if value is None else exact_text(value)


def _rate_words(rates: Rates) -> str:
    return ", ".join(f"{what} {_text(rates, what)}" for what in COMPARED if getattr(rates, what) is not None)
