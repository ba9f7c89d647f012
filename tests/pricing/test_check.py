"""Doubts about the book: order, age, and differences from other lists."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.prices import Price
from harness.pricing.book import PriceBook, load_book
from harness.pricing.check import IssueLevel, check_book, litellm_prices
from tests.pricing.prices import NOON, rates, row

TODAY = date(2026, 11, 21)


def _messages(book: PriceBook, today: date, row_id: str | None) -> list[str]:
    return [finding.message for finding in check_book(book, today) if finding.price_id == row_id]


def test_shipped_book_has_no_error(book: PriceBook) -> None:
    assert [finding for finding in check_book(book, TODAY) if finding.level is IssueLevel.ERROR] == []


def test_rows_become_old_after_sixty_days(book: PriceBook) -> None:
    # read on 2026-11-21; 2027-01-20 is day 60, the 21st day 61
    assert _messages(book, date(2027, 1, 20), "openai/gpt-5@2025-08-07") == []
    assert _messages(book, date(2027, 1, 21), "openai/gpt-5@2025-08-07") == ["was read 61 days ago, on 2026-11-21"]


def test_closed_and_retired_rows_do_not_grow_old(book: PriceBook) -> None:
    assert _messages(book, date(2028, 1, 1), "deepseek/deepseek-chat@2025-09-29") == []
    assert _messages(book, date(2028, 1, 1), "xai/grok-4@2025-07-09") == []


def test_overlap_missing_source_and_a_day_to_come_are_errors() -> None:
    first = row(rates("1", "1"), start="2025-01-01")
    second = replace(row(rates("1", "1"), start="2025-06-01"), sources=(), read_on=date(2030, 1, 1))
    errors = [
        finding.message
        for finding in check_book(load_book(own=[first, second]), TODAY)
        if finding.level is IssueLevel.ERROR and finding.price_id == second.id
    ]
    assert sorted(errors) == [
        "begins at 2025-06-01T00:00Z, before acme/thing@2025-01-01 ends",
        "names no source",
        "was read on 2030-01-01, which is to come",
    ]


def test_currency_without_any_rate_is_an_error_and_an_old_rate_a_warning(book: PriceBook) -> None:
    euros = load_book(own=[row(rates("1", "1"), currency="EUR")])
    assert "no exchange rate for EUR" in _messages(euros, TODAY, None)
    assert "the last exchange rate of CNY is of 2026-08-28" in _messages(book, TODAY, None)


def test_errors_stand_before_warnings_before_notes() -> None:
    findings = check_book(load_book(own=[replace(row(rates("1", "1")), sources=())]), date(2027, 6, 1))
    order = [list(IssueLevel).index(finding.level) for finding in findings]
    assert order == sorted(order)
    assert len(set(order)) == 3


@pytest.fixture
def litellm_file(tmp_path: Path) -> Path:
    """A price list in litellm's layout: plain, by tiers, and one without an output rate."""
    path = tmp_path / "list.json"
    entries = {
        "gpt-5": {"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05},
        "dashscope/qwen3-max": {
            "tiered_pricing": [{"input_cost_per_token": 1.2e-06, "output_cost_per_token": 6e-06, "range": [0, 32000]}]
        },
        "xai/grok-4-0709": {"input_cost_per_token": 3e-06},
    }
    path.write_text(json.dumps(entries))
    return path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("openai/gpt-5", {"prompt": Decimal("1.25"), "completion": Decimal(10)}),
        ("alibaba/qwen3-max", {"prompt": Decimal("1.2"), "completion": Decimal(6)}),
        ("xai/grok-4", None),
        ("zai/glm-4.6", None),
    ],
)
def test_other_lists_rates_are_read_exactly(
    litellm_file: Path, name: str, found: dict[str, Decimal] | None, book: PriceBook
) -> None:
    provider, _, model = name.partition("/")
    price = book.price_at(provider, model, NOON)
    assert isinstance(price, Price)
    assert litellm_prices(litellm_file)(price, NOON) == found


def test_absent_lists_are_said_or_compared(book: PriceBook) -> None:
    said = " ".join(_messages(book, TODAY, None))
    assert "genai-prices" in said
    assert "litellm" in said
