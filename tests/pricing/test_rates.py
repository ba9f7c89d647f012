"""Which rates hold: time windows by the local time of their zone, length tiers, and the highest of all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.clock import utc
from harness.core.prices import CostUnknown, Tier, Window
from harness.pricing.rates import applicable_rates, is_in_window, max_rates
from tests.cases import all_cases
from tests.pricing.prices import NOON, rates, row

NIGHT = Window(start="16:30", end="00:30", time_zone="UTC", rates=rates("0.5", "5"))
WEEKDAYS = frozenset(range(5))


@all_cases(
    ("at", "holds"),
    [
        ("2025-03-01T16:29:59Z", False),
        ("2025-03-01T16:30:00Z", True),
        ("2025-03-01T23:59:59Z", True),
        ("2025-03-02T00:00:00Z", True),
        ("2025-03-02T00:29:59Z", True),
        ("2025-03-02T00:30:00Z", False),
        ("2025-03-31T23:59:59Z", True),  # month end
        ("2025-04-01T00:29:59Z", True),
        ("2025-12-31T23:59:59Z", True),  # year end
        ("2026-01-01T00:00:00Z", True),
        ("2024-02-29T23:00:00Z", True),
        ("2025-03-01T18:30:00+02:00", True),  # 16:30 UTC said in another zone
    ],
)
def test_window_across_midnight_holds_from_its_start_to_before_its_end(at: str, holds: bool) -> None:
    assert is_in_window(NIGHT, datetime.fromisoformat(at)) is holds


def test_window_across_midnight_belongs_to_the_day_it_starts_on() -> None:
    friday_night = Window(start="22:00", end="06:00", time_zone="UTC", rates=rates("1", "1"), days=frozenset({4}))
    # 2025-11-14 is a Friday
    assert is_in_window(friday_night, utc("2025-11-14T22:00Z"))
    assert is_in_window(friday_night, utc("2025-11-15T05:59Z"))
    assert not is_in_window(friday_night, utc("2025-11-14T05:59Z"))
    assert not is_in_window(friday_night, utc("2025-11-15T22:00Z"))


def test_window_keeps_the_local_time_of_its_zone_over_a_change_to_summer_time() -> None:
    morning = Window(start="09:00", end="12:00", time_zone="Europe/Berlin", rates=rates("1", "1"))
    # Berlin: UTC+1 until 2025-03-30 01:00 UTC, then UTC+2
    assert not is_in_window(morning, utc("2025-03-29T07:30Z"))
    assert is_in_window(morning, utc("2025-03-29T08:00Z"))
    assert is_in_window(morning, utc("2025-03-30T07:00Z"))
    assert not is_in_window(morning, utc("2025-03-30T10:00Z"))


def test_repeated_hour_of_the_change_back_lies_in_the_window_both_times() -> None:
    small_hours = Window(start="02:00", end="03:00", time_zone="Europe/Berlin", rates=rates("1", "1"))
    # 2025-10-26: 02:30 summer time is 00:30 UTC, 02:30 winter time is 01:30 UTC
    assert is_in_window(small_hours, utc("2025-10-26T00:30Z"))
    assert is_in_window(small_hours, utc("2025-10-26T01:30Z"))
    assert not is_in_window(small_hours, utc("2025-10-26T02:00Z"))


def test_skipped_hour_of_the_change_to_summer_time_never_comes() -> None:
    small_hours = Window(start="02:00", end="03:00", time_zone="Europe/Berlin", rates=rates("1", "1"))
    minutes = [utc("2025-03-30T00:00Z") + timedelta(minutes=step) for step in range(180)]
    assert not any(is_in_window(small_hours, at) for at in minutes)


def test_weekday_is_that_of_the_windows_zone() -> None:
    beijing = Window(start="00:00", end="02:00", time_zone="Asia/Shanghai", rates=rates("1", "1"), days=WEEKDAYS)
    # Sunday 16:30 UTC is Monday 00:30 in Beijing; Friday 16:30 UTC is Saturday there
    assert is_in_window(beijing, utc("2025-11-16T16:30Z"))
    assert not is_in_window(beijing, utc("2025-11-14T16:30Z"))


def test_whole_day_window_and_its_excepted_days() -> None:
    saturday = Window(
        start="00:00",
        end="24:00",
        time_zone="UTC",
        rates=rates("1", "1"),
        days=frozenset({5}),
        except_on=frozenset({date(2025, 11, 22)}),
    )
    assert is_in_window(saturday, utc("2025-11-15T00:00Z"))
    assert is_in_window(saturday, utc("2025-11-15T23:59:59Z"))
    assert not is_in_window(saturday, utc("2025-11-16T00:00Z"))
    assert not is_in_window(saturday, utc("2025-11-22T12:00Z"))


@given(
    at=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(ZoneInfo("UTC"))),  # noqa: DTZ001
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_a_window_and_its_complement_never_hold_together_nor_both_fail(
    at: datetime, start: int, end: int, zone: str
) -> None:
    if start == end:
        end = (end + 1) % 1440
    first, last = f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}"
    inside = Window(start=first, end=last, time_zone=zone, rates=rates("1", "1"))
    outside = Window(start=last, end=first, time_zone=zone, rates=rates("1", "1"))
    assert is_in_window(inside, at) != is_in_window(outside, at)


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        applicable_rates(row(rates("1", "1")), at=datetime(2025, 1, 1), prompt_tokens=1, service_tier=None)  # noqa: DTZ001


def test_highest_tier_below_the_prompt_decides() -> None:
    price = row(
        rates("1", "1"),
        tiers=(
            Tier(above_prompt_tokens=100, rates=rates("2", "2")),
            Tier(above_prompt_tokens=200, rates=rates("3", "3")),
        ),
    )
    found = []
    for prompt_tokens in (100, 101, 200, 201):
        held = applicable_rates(price, at=NOON, prompt_tokens=prompt_tokens, service_tier=None)
        assert not isinstance(held, CostUnknown)
        found.append(held.rates.prompt)
    assert found == [Decimal(1), Decimal(2), Decimal(2), Decimal(3)]


def test_tier_ends_at_its_own_instant() -> None:
    price = row(
        rates("1", "1"), tiers=(Tier(above_prompt_tokens=0, rates=rates("2", "2"), until=utc("2025-11-15T12:00Z")),)
    )
    before = applicable_rates(price, at=NOON - timedelta(microseconds=1), prompt_tokens=5, service_tier=None)
    after = applicable_rates(price, at=NOON, prompt_tokens=5, service_tier=None)
    assert not isinstance(before, CostUnknown)
    assert not isinstance(after, CostUnknown)
    assert (before.rates.prompt, after.rates.prompt) == (Decimal(2), Decimal(1))


def test_highest_rates_look_at_every_hour_and_at_tiers_the_prompt_can_reach() -> None:
    windowed = row(
        rates("1", "10"), windows=(Window(start="01:00", end="02:00", time_zone="UTC", rates=rates("3", "5")),)
    )
    tiered = row(rates("1", "10"), tiers=(Tier(above_prompt_tokens=50, rates=rates("9", "9")),))
    assert max_rates(windowed, prompt_tokens=0, service_tier=None).prompt == 3
    assert max_rates(windowed, prompt_tokens=0, service_tier=None).completion == 10
    assert max_rates(tiered, prompt_tokens=50, service_tier=None).prompt == 1
    assert max_rates(tiered, prompt_tokens=51, service_tier=None).prompt == 9
