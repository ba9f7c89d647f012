"""The price book: which row is in force, whose row wins, and every shipped row's form."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.clock import utc
from harness.core.errors import ConfigError
from harness.core.prices import CostUnknown, Price, Rates
from harness.pricing.book import PriceBook, load_book
from tests.cases import all_cases
from tests.pricing.prices import NOON, rates, row

USER_FILE = """
provider: openai
prices:
  - model: gpt-5
    effective_from: 2025-11-01
    effective_to: 2025-12-01
    rates: {prompt: 1, completion: 8}
    sources: [our contract]
    read_on: 2025-11-01
    confidence: high
"""


def _id(found: Price | CostUnknown) -> str:
    return found.id if isinstance(found, Price) else found.reason


@all_cases(
    ("at", "row_id"),
    [
        ("2025-02-26T00:00Z", "deepseek/deepseek-chat@2025-02-26"),
        ("2025-09-05T15:59:59Z", "deepseek/deepseek-chat@2025-02-26"),
        ("2025-09-05T16:00:00Z", "deepseek/deepseek-chat@2025-09-05"),
        ("2025-09-28T23:59:59Z", "deepseek/deepseek-chat@2025-09-05"),
        ("2025-09-29T00:00:00Z", "deepseek/deepseek-chat@2025-09-29"),
        ("2025-09-29T08:00:00+09:00", "deepseek/deepseek-chat@2025-09-05"),  # 28 September, 23:00 UTC
        ("2026-07-24T15:58:59Z", "deepseek/deepseek-chat@2026-04-24"),
    ],
)
def test_row_in_force_changes_at_the_instant_it_says(at: str, row_id: str, book: PriceBook) -> None:
    assert _id(book.price_at("deepseek", "deepseek-chat", datetime.fromisoformat(at))) == row_id


def test_no_row_in_force_is_unknown_and_lists_the_rows_there_are(book: PriceBook) -> None:
    found = book.price_at("deepseek", "deepseek-chat", utc("2026-07-24T15:59Z"))
    assert isinstance(found, CostUnknown)
    assert "deepseek/deepseek-chat is in force at 2026-07-24T15:59Z" in found.reason
    assert "deepseek-chat@2025-09-05 (from 2025-09-05T16:00Z to 2025-09-29T00:00Z)" in found.reason


def test_gap_between_two_rows_is_unknown(book: PriceBook) -> None:
    assert isinstance(book.price_at("groq", "openai/gpt-oss-120b", utc("2025-12-15")), CostUnknown)


def test_unknown_model_names_the_nearest(book: PriceBook) -> None:
    found = book.price_at("openai", "gpt-5-minni", NOON)
    assert isinstance(found, CostUnknown)
    assert "no price row of openai/gpt-5-minni" in found.reason
    assert "openai/gpt-5-mini" in found.reason


def test_instant_without_a_zone_is_refused(book: PriceBook) -> None:
    with pytest.raises(ValueError, match="time zone"):
        book.price_at("openai", "gpt-5", datetime(2025, 11, 15))  # noqa: DTZ001


@all_cases(
    ("provider", "model", "row_id"),
    [
        ("xai", "grok-4-0709", "xai/grok-4@2025-07-09"),
        ("xai", "grok-4-fast-non-reasoning", "xai/grok-4-fast@2025-09-19"),
        ("MiniMax", "MiniMax-M2", "minimax/minimax-m2@2025-11-07"),
        ("openrouter", "z-ai/glm-4.6", "openrouter/z-ai/glm-4.6@2025-11-01"),
    ],
)
def test_provider_ids_and_upper_case_find_the_row(provider: str, model: str, row_id: str, book: PriceBook) -> None:
    assert _id(book.price_at(provider, model, NOON)) == row_id


def test_own_rows_go_before_a_users_file_before_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(USER_FILE)
    own = row(rates("0.5", "4"), model="gpt-5", start="2025-11-10", end="2025-11-12")
    own_openai = replace(own, provider="openai", id="own")
    book = load_book(own=[own_openai], extra_files=[path])
    found = [_rate(book, at) for at in ("2025-10-31", "2025-11-01", "2025-11-11", "2025-11-13", "2025-12-01")]
    assert found == [Decimal("1.25"), Decimal(1), Decimal("0.5"), Decimal(1), Decimal("1.25")]


def _rate(book: PriceBook, at: str) -> Decimal:
    found = book.price_at("openai", "gpt-5", utc(at))
    assert isinstance(found, Price)
    return found.rates.prompt


def test_the_later_of_two_user_files_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(USER_FILE)
    second.write_text(USER_FILE.replace("prompt: 1,", "prompt: 2,"))
    assert _rate(load_book(extra_files=[first, second]), "2025-11-15") == 2


def test_a_row_inside_another_is_in_force_while_it_lasts() -> None:
    standing = row(rates("1", "1"), start="2025-01-01")
    promotion = row(rates("0", "0"), start="2025-03-01", end="2025-04-01")
    book = load_book(own=[standing, promotion])
    found = [_id(book.price_at("acme", "thing", utc(at))) for at in ("2025-02-28", "2025-03-01", "2025-04-01")]
    assert found == ["acme/thing@2025-01-01", "acme/thing@2025-03-01", "acme/thing@2025-01-01"]


@pytest.mark.parametrize(
    ("at", "on"),
    [("2025-11-25T23:59Z", date(2025, 9, 23)), ("2025-11-26T00:00Z", date(2025, 11, 26))],
)
def test_exchange_rate_is_the_last_one_of_that_day_or_before(at: str, on: date, book: PriceBook) -> None:
    found = book.price_at("minimax-cn", "minimax-m2", utc(at))
    assert isinstance(found, Price)
    assert found.exchange is not None
    assert found.exchange.on == on


def test_worst_price_folds_in_the_hours_and_a_rise_within_a_week(book: PriceBook) -> None:
    # off-peak at the instant asked for; two days later the peak price is 0.44/1.32
    worst = book.worst_price("deepseek", "deepseek-v4-flash", utc("2026-08-15T00:00Z"))
    calm = book.worst_price("deepseek", "deepseek-v4-flash", utc("2026-08-01T00:00Z"))
    assert isinstance(worst, Price)
    assert isinstance(calm, Price)
    assert (worst.rates.prompt, worst.rates.completion) == (Decimal("0.44"), Decimal("1.32"))
    assert (calm.rates.prompt, calm.rates.completion) == (Decimal("0.14"), Decimal("0.28"))
    assert worst.windows == ()


def test_every_row_has_sources_a_day_and_exact_rates(book: PriceBook) -> None:
    rows = list(book.all_rows())
    assert len(rows) >= 60
    for each in rows:
        assert each.id == f"{each.provider}/{each.model}@{each.effective_from:%Y-%m-%d}"
        assert each.sources, each.id
        assert all(each.sources), each.id
        assert each.basis, each.id
        assert each.read_on >= date(2026, 11, 21), each.id
        assert each.id == each.id.lower()
        for group in _all_rates(each):
            values = [getattr(group, name) for name in Rates.__slots__]
            assert all(value is None or isinstance(value, Decimal) for value in values), each.id
            assert group.cached is None or group.cached <= group.prompt, each.id


def _all_rates(price: Price) -> list[Rates]:
    tiers = [tier.rates for tier in price.tiers]
    menus = [price.service_tiers, *(tier.service_tiers for tier in price.tiers)]
    windows = [window.rates for window in price.windows]
    return [price.rates, *tiers, *windows, *(found for menu in menus for found in menu.values())]


def test_a_one_hour_cache_write_never_falls_back_on_the_cheaper_five_minute_rate(book: PriceBook) -> None:
    for each in book.all_rows():
        if each.rates.cache_write_1h is not None:
            short = [group for group in _all_rates(each) if group.cache_write_1h is None and group.cache_write]
            assert not short, each.id


def test_rows_of_a_model_stand_in_order_and_never_overlap(book: PriceBook) -> None:
    for name in book.models():
        provider, _, model = name.partition("/")
        for earlier, later in pairwise(book.rows(provider, model)):
            assert earlier.effective_to is not None, earlier.id
            assert earlier.effective_to <= later.effective_from, later.id


def test_every_row_is_found_at_its_first_and_its_last_instant(book: PriceBook) -> None:
    for each in book.all_rows():
        assert _id(book.price_at(each.provider, each.model, each.effective_from)) == each.id
        if each.effective_to is not None:
            last = each.effective_to - timedelta(microseconds=1)
            assert _id(book.price_at(each.provider, each.model, last)) == each.id


def test_every_tier_costs_no_less_than_the_one_below(book: PriceBook) -> None:
    for each in book.all_rows():
        for lower, upper in pairwise([each.rates, *(tier.rates for tier in each.tiers)]):
            assert upper.prompt >= lower.prompt, each.id
            assert upper.completion >= lower.completion, each.id


@pytest.mark.slow
def test_loading_costs_little_beside_reading_the_yaml_itself() -> None:
    code = (
        "import time, yaml; from harness.pricing.book import FACTS, load_book; from time import process_time as now; "
        "start = now(); load_book(); loaded = now() - start; start = now(); "
        "[yaml.compose(path.read_text(), Loader=yaml.SafeLoader) for path in (FACTS / 'prices').glob('*.yaml')]; "
        "print(loaded / (now() - start))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 1  # 0.2 to 0.3; reading by the YAML loader that is written in Python is the measure


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_book(extra_files=[tmp_path / "none.yaml"])


JANUARY = utc("2026-01-01T00:00Z")
ONE = row(rates("1", "4"))


def _rows_of_layer(layer: int) -> st.SearchStrategy[list[Price]]:
    """Up to three rows of one model, each with a span of days that may be open."""
    spans = st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9))
    return st.lists(spans, max_size=3, unique_by=lambda span: span[0]).map(
        lambda found: [
            replace(
                ONE,
                id=f"layer {layer}, day {start}",
                effective_from=JANUARY + timedelta(days=start),
                effective_to=None if days is None else JANUARY + timedelta(days=start + days),
            )
            for start, days in found
        ]
    )


@given(layers=st.tuples(*map(_rows_of_layer, range(3))))
def test_frozen_rows_give_the_same_row_as_the_layers_they_come_from(layers: tuple[list[Price], ...]) -> None:
    model = f"{ONE.provider}/{ONE.model}"
    by_start = [tuple(sorted(own, key=lambda one: one.effective_from)) for own in layers]
    book = PriceBook(layers=tuple({model: own} for own in by_start if own), aliases={})
    frozen = book.frozen_rows(ONE.provider, ONE.model)
    one_layer = PriceBook(
        layers=({model: tuple(sorted(frozen, key=lambda one: one.effective_from))},) if frozen else (), aliases={}
    )
    for hours in range(-12, 20 * 24, 12):
        at = JANUARY + timedelta(hours=hours)
        before, after = (one.price_at(ONE.provider, ONE.model, at) for one in (book, one_layer))
        assert isinstance(before, CostUnknown) == isinstance(after, CostUnknown)
        assert isinstance(before, CostUnknown) or _id(before) == _id(after)
