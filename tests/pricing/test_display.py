"""What the commands print of prices and bills: every digit, nothing invented."""

from __future__ import annotations

import json

import pytest

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Usage
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.display import (
    BILL_COLUMNS,
    RATE_COLUMNS,
    bill_rows,
    cost_fields,
    price_fields,
    rate_rows,
    window_text,
)
from tests.pricing.prices import NOON, rates, row


def test_every_row_can_be_shown_and_emitted(book: PriceBook) -> None:
    for price in book.all_rows():
        assert json.loads(json.dumps(price_fields(price)))["id"] == price.id
        assert {len(cells) for cells in rate_rows(price)} == {len(RATE_COLUMNS)}


def test_bill_shows_its_lines_the_fee_as_a_share_and_the_total() -> None:
    price = row(rates("1.25", "10", cached="0.125"), fee_share="0.055")
    cost = cost_of(Usage(prompt_tokens=10, completion_tokens=3, cached_tokens=4), price, at=NOON)
    assert isinstance(cost, Cost)
    # 6 x 1.25 = 7.5; 4 x 0.125 = 0.5; 3 x 10 = 30; 38 x 0.055 = 2.09
    assert list(bill_rows(cost)) == [
        ("prompt, uncached", "6", "1.25", "0.0000075", "0.0000075"),
        ("prompt, cached", "4", "0.125", "0.0000005", "0.0000005"),
        ("completion", "3", "10", "0.00003", "0.00003"),
        ("gateway fee", "-", "5.5%", "0.00000209", "0.00000209"),
        ("total", "-", "-", "0.00004009", "0.00004009"),
    ]
    assert {len(cells) for cells in bill_rows(cost)} == {len(BILL_COLUMNS)}


def test_bound_is_called_one() -> None:
    cost = cost_of(Usage(prompt_tokens=1, completion_tokens=0), row(rates("1", "1", cached="0.1")), at=NOON)
    assert isinstance(cost, Cost)
    assert list(bill_rows(cost))[-1][0] == "total, at most"
    assert cost_fields(cost)["is_upper_bound"] is True


def test_unknown_cost_is_emitted_as_null_with_its_reason() -> None:
    fields = cost_fields(CostUnknown(reason="no usage"))
    assert (fields["usd"], fields["reason"]) == (None, "no usage")


def test_fields_keep_amounts_as_texts() -> None:
    cost = cost_of(Usage(prompt_tokens=1, completion_tokens=0, cached_tokens=0), row(rates("0.1", "1")), at=NOON)
    fields = json.loads(json.dumps(cost_fields(cost)))
    assert fields["usd"] == "0.0000001"
    assert fields["lines"][0]["rate_per_mtok"] == "0.1"


@pytest.mark.parametrize(
    ("model", "at", "text"),
    [
        ("deepseek-chat", "2025-03-01", "16:30 to 00:30 UTC"),
        ("deepseek-v4-flash", "2026-08-20", "09:00 to 12:00 Asia/Shanghai"),
        ("deepseek-flash", "2026-11-01", "mon-fri 09:00 to 12:00 Asia/Shanghai, but 6 listed days"),
    ],
)
def test_window_is_said_in_its_own_zone(model: str, at: str, text: str, book: PriceBook) -> None:
    price = book.price_at("deepseek", model, utc(at))
    assert isinstance(price, Price)
    assert window_text(price.windows[0]) == text
