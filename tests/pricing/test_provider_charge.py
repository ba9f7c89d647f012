"""The provider's own charge beside ours, on made-up amounts and on recorded replies."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.clock import utc
from harness.core.prices import Cost
from harness.core.types import Usage
from harness.pricing.bill import usd_without_fees
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.provider_charge import charge_discrepancy
from tests.pricing.prices import NOON, rates, row

D = Decimal
USAGE = Usage(prompt_tokens=1000, completion_tokens=0, cached_tokens=0)


def _cost(usage: Usage = USAGE, *, prompt: str = "1", cached: str | None = None) -> Cost:
    cost = cost_of(usage, row(rates(prompt, "1", cached=cached), fee_share="0.055"), at=NOON)
    assert isinstance(cost, Cost)
    return cost


@pytest.mark.parametrize("reported", ["0.001", "0.00101", "0.00099"])
def test_charges_within_one_per_cent_agree_and_the_fee_on_credits_is_left_out(reported: str) -> None:
    assert charge_discrepancy(_cost(), D(reported)) is None


@pytest.mark.parametrize(
    ("reported", "said"),
    [("0.0010101", "charges beside tokens"), ("0.0009899", "a cheaper host"), ("0", "nothing was charged")],
)
def test_wider_gap_comes_with_its_likely_cause(reported: str, said: str) -> None:
    gap = charge_discrepancy(_cost(), D(reported))
    assert gap is not None
    assert said in gap.likely_cause
    assert gap.share == (D(reported) - D("0.001")) / D("0.001")


def test_upper_bound_explains_a_lower_charge() -> None:
    gap = charge_discrepancy(_cost(Usage(prompt_tokens=1000, completion_tokens=0), cached="0.1"), D("0.0005"))
    assert gap is not None
    assert "cached tokens were not reported" in gap.likely_cause


def test_charge_for_what_is_free_in_the_book_is_a_gap_without_a_share() -> None:
    gap = charge_discrepancy(_cost(prompt="0"), D("0.001"))
    assert gap is not None
    assert gap.share is None
    assert "promotion may have ended" in gap.likely_cause


@pytest.mark.shared("dialects/expected.json")
@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("xai-grok3mini-long.json", "xai/grok-3-mini"),
        ("openrouter-anthropic-cache-write.json", "openrouter/anthropic/claude-sonnet-4.5"),
        ("openrouter-anthropic-cache-read.json", "openrouter/anthropic/claude-sonnet-4.5"),
    ],
)
def test_recorded_charge_equals_our_bill_to_the_last_digit(file: str, name: str, shared: Path, book: PriceBook) -> None:
    entries = json.loads((shared / "dialects/expected.json").read_text())
    counts = next(entry["expected"] for entry in entries if entry["file"] == file)
    usage = Usage(
        prompt_tokens=counts["uncached_input"] + counts["cached_input"] + counts["cache_write"],
        completion_tokens=counts["total_billed_output"],
        cached_tokens=counts["cached_input"],
        cache_write_tokens=counts["cache_write"],
        reasoning_tokens=counts["reasoning"],
    )
    at = utc("2026-01-15")
    provider, _, model = name.partition("/")
    cost = cost_of(usage, book.price_at(provider, model, at), at=at)
    assert isinstance(cost, Cost)
    assert usd_without_fees(cost) == _recorded_charge((shared / "dialects" / file).read_text())


def _recorded_charge(body: str) -> Decimal:
    ticks = re.search(r'"cost_in_usd_ticks": *([0-9]+)', body)
    if ticks:
        return D(ticks.group(1)) / 10**10  # one tick is 1e-10 dollars
    dollars = re.search(r'"cost": *([0-9.]+)', body)
    assert dollars
    return D(dollars.group(1))
