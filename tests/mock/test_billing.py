"""The mock's bills, worked by hand, and its ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import ConfigError
from harness.core.prices import Price, Rates, Tier, Window
from harness.mock.billing import BillingLedger, LedgerEntry, Tokens, bill, check_price, read_ledger
from harness.mock.testing import price_of
from tests.cases import all_cases

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
PRICE = price_of("m", prompt="0.30", cached="0.03", cache_write="0.375", completion="1.20")
DOUBLE = Rates(prompt=Decimal("0.60"), completion=Decimal("2.40"))


def usd(price: Price, tokens: Tokens, *, at: datetime = NOON, tier: str | None = None) -> Decimal:
    return bill(price, tokens, at=at, service_tier=tier).usd


def test_every_class_is_charged_once_at_its_own_rate() -> None:
    # 500 x 0.30 + 400 x 0.03 + 100 x 0.375 + (30 + 70) x 1.20 = 150 + 12 + 37.5 + 120 = 319.5 per million
    tokens = Tokens(prompt=1000, cached=400, written=100, reasoning=30, visible=70)
    assert usd(PRICE, tokens) == Decimal("0.0003195")


def test_without_a_cache_rate_a_cached_token_costs_a_prompt_token() -> None:
    tokens = Tokens(prompt=1000, cached=400, written=100)
    assert usd(price_of("m", prompt="0.30"), tokens) == Decimal("0.0003")


def test_above_a_tier_the_whole_request_is_charged_at_it() -> None:
    price = replace(PRICE, tiers=(Tier(above_prompt_tokens=1000, rates=DOUBLE),))
    assert usd(price, Tokens(prompt=1000)) == Decimal("0.0003")
    assert usd(price, Tokens(prompt=1001)) == Decimal("0.0006006")  # 1001 x 0.60 per million


def test_the_highest_tier_reached_counts() -> None:
    highest = Rates(prompt=Decimal(3), completion=Decimal(9))
    tiers = (Tier(above_prompt_tokens=2000, rates=highest), Tier(above_prompt_tokens=1000, rates=DOUBLE))
    assert usd(replace(PRICE, tiers=tiers), Tokens(prompt=3000)) == Decimal("0.009")


def test_thinking_output_has_its_own_rate_where_the_answer_holds_reasoning() -> None:
    price = price_of("m", prompt="0", completion="1", thinking_completion="4")
    assert usd(price, Tokens(prompt=1, visible=100)) == Decimal("0.0001")
    assert usd(price, Tokens(prompt=1, reasoning=50, visible=100)) == Decimal("0.0006")  # 150 x 4


def test_a_service_tier_of_a_long_prompt_has_the_length_tiers_own_rates() -> None:
    half = Rates(prompt=Decimal("0.15"), completion=Decimal("0.60"))
    long = Tier(above_prompt_tokens=1000, rates=DOUBLE, service_tiers={"batch": PRICE.rates})
    price = replace(PRICE, tiers=(long,), service_tiers={"batch": half})
    # 1000 x 0.15, then 1001 x 0.30 per million
    assert usd(price, Tokens(prompt=1000), tier="batch") == Decimal("0.00015")
    assert usd(price, Tokens(prompt=1001), tier="batch") == Decimal("0.0003003")


def test_a_window_does_not_hold_on_the_days_it_leaves_out() -> None:
    peak = Window(start="09:00", end="18:00", time_zone="UTC", rates=DOUBLE, except_on=frozenset({NOON.date()}))
    # 1000 x 0.30 on the holiday, 1000 x 0.60 the day before it
    assert usd(replace(PRICE, windows=(peak,)), Tokens(prompt=1000)) == Decimal("0.0003")
    day_before = NOON - timedelta(days=1)
    assert usd(replace(PRICE, windows=(peak,)), Tokens(prompt=1000), at=day_before) == Decimal("0.0006")


def test_a_service_tier_that_was_asked_for_replaces_the_rates() -> None:
    price = replace(PRICE, service_tiers={"priority": DOUBLE})
    assert usd(price, Tokens(prompt=1000), tier="priority") == Decimal("0.0006")
    assert usd(price, Tokens(prompt=1000), tier="flex") == Decimal("0.0003")


@all_cases(
    ("at", "expected"),
    [
        ("2026-11-20T22:59", "0.0003"),
        ("2026-11-20T23:00", "0.0006"),  # Friday 23:00: begins
        ("2026-11-21T01:59", "0.0006"),  # Saturday morning belongs to Friday's window
        ("2026-11-21T02:00", "0.0003"),  # the end is excluded
        ("2026-11-21T23:30", "0.0003"),  # Saturday is no day of it
    ],
)
def test_a_window_across_midnight_belongs_to_the_day_it_starts_on(at: str, expected: str) -> None:
    window = Window(start="23:00", end="02:00", time_zone="UTC", rates=DOUBLE, days=frozenset({4}))
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert usd(replace(PRICE, windows=(window,)), Tokens(prompt=1000), at=instant) == Decimal(expected)


def test_the_fee_is_charged_on_the_sum_as_a_line_of_its_own() -> None:
    charged = bill(replace(PRICE, fee_share=Decimal("0.055")), Tokens(prompt=1000), at=NOON)
    assert charged.usd == Decimal("0.0003165")  # 0.0003 x 1.055
    assert [line.what for line in charged.lines] == ["prompt", "fee"]


@given(
    counts=st.lists(st.integers(0, 10**9), min_size=3, max_size=3),
    rate=st.decimals("0.000001", "1000", places=6),
)
def test_the_lines_add_up_to_the_bill_exactly(counts: list[int], rate: Decimal) -> None:
    prompt, reasoning, visible = counts
    charged = bill(
        price_of("m", prompt=str(rate), completion="0.1"),
        Tokens(prompt=prompt, cached=prompt // 3, reasoning=reasoning, visible=visible),
        at=NOON,
    )
    assert charged.usd == (prompt * rate + (reasoning + visible) * Decimal("0.1")) / 1_000_000


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (replace(PRICE, currency="CNY"), "CNY"),
        (
            replace(
                PRICE,
                tiers=(Tier(above_prompt_tokens=1, rates=DOUBLE),),
                windows=(Window(start="01:00", end="02:00", time_zone="UTC", rates=DOUBLE),),
            ),
            "tiers and time windows",
        ),
    ],
)
def test_a_price_the_mock_cannot_charge_by_is_refused(price: Price, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check_price(price, "m")


def entry(number: int) -> LedgerEntry:
    tokens = Tokens(prompt=number, visible=1)
    return LedgerEntry(
        request=number,
        model="m",
        dialect="openai",
        at=NOON,
        sample_id=None,
        repeat="0",
        attempt="0",
        headers={"x-harness-repeat": "0"},
        streamed=True,
        outcome="complete",
        is_correct=True,
        tokens=tokens,
        bill=bill(PRICE, tokens, at=NOON),
        received_s=1.0,
        first_token_s=None,
        last_byte_s=2.0,
        text_sha256="",
    )


def test_a_ledger_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = BillingLedger(path=tmp_path / "ledger.jsonl")
    for number in (1, 2):
        ledger.append(entry(number))
    assert read_ledger(tmp_path / "ledger.jsonl") == [entry(1), entry(2)]
    # (1 + 2) x 0.30 + 2 x 1.20 = 3.3 per million
    assert ledger.total() == Decimal("0.0000033")


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    BillingLedger(path=path).append(entry(1))
    path.write_text(path.read_text() + entry(2).to_json()[:40])
    assert read_ledger(path) == [entry(1)]


def test_a_ledger_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none.jsonl") == []
    assert BillingLedger().total() == 0
