"""Other lists against the book: what is new, what has changed since our rows were read, what is only contradicted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from harness.pricing.book import PriceBook, load_book
from harness.pricing.compare_lists import PriceDifference, PriceDifferenceKind, differences
from harness.pricing.price_lists.listed_models import ListedModel, ListedPrice, PriceList
from tests.pricing.prices import rates, row

TODAY = date(2026, 11, 30)

OURS = replace(row(rates("1", "10")), read_on=date(2026, 11, 1))

BOOK = load_book(own=[OURS])


def listing(title: str, *prices: ListedPrice, model: str = "thing") -> PriceList:
    listed = ListedModel(provider="acme", model=model, prices=prices, page="https://vendor.example/pricing")
    return PriceList(title=title, url=f"https://lists.example/{title}", models={f"acme/{model}": listed})


def compared(*lists: PriceList, name: str = "acme/thing", book: PriceBook = BOOK) -> list[PriceDifference]:
    return list(differences(book, lists, [name], TODAY))


def test_the_same_price_is_no_difference() -> None:
    assert compared(listing("one", ListedPrice(rates=rates("1", "10", cached=None)))) == []


def test_another_price_without_a_later_day_contradicts_and_writes_nothing() -> None:
    (found,) = compared(listing("one", ListedPrice(rates=rates("1", "12"))))
    assert (found.kind, found.row) == (PriceDifferenceKind.CONTRADICTION, None)
    assert found.words == "completion 10 here, 12 there (one)"


def test_a_price_that_starts_after_our_row_was_read_is_a_change_from_that_day() -> None:
    later = ListedPrice(rates=rates("2", "20"), starts_on=date(2026, 12, 1))
    (found,) = compared(listing("one", ListedPrice(rates=rates("1", "10")), later))
    assert found.kind is PriceDifferenceKind.CHANGE
    assert found.row is not None
    assert (found.row.effective_from, found.row.confidence) == (datetime(2026, 12, 1, tzinfo=UTC), "low")


def test_a_model_without_a_row_is_new_and_two_lists_that_agree_raise_confidence() -> None:
    price = ListedPrice(rates=rates("3", "9"))
    (found,) = compared(*(listing(title, price, model="fresh") for title in ("one", "two")), name="acme/fresh")
    assert (found.kind, found.lists) == (PriceDifferenceKind.ADDITION, ("one", "two"))
    assert found.row is not None
    assert (found.row.confidence, found.row.effective_from.date()) == ("medium", TODAY)
    assert found.row.sources[0] == "one, https://lists.example/one, 2026-11-30"


def test_a_withdrawn_model_is_not_new() -> None:
    gone = replace(row(rates("1", "1"), model="gone", end="2026-06-01"), retired_on=date(2026, 5, 31))
    lists = listing("one", ListedPrice(rates=rates("1", "1")), model="gone")
    assert compared(lists, name="acme/gone", book=load_book(own=[gone])) == []
