"""Instants are aware and in UTC, however they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harness.core.clock import SYSTEM_CLOCK, utc
from tests.cases import all_cases


@all_cases("text", ["2026-11-30T08:00:00", "2026-11-30T08:00Z", "2026-11-30T16:00+08:00", "2026-11-30T00:00-08:00"])
def test_instants_are_read_as_utc(text: str) -> None:
    assert utc(text) == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert utc(text).utcoffset() == timedelta(0)


def test_a_day_is_its_midnight_in_utc() -> None:
    assert utc("2026-11-30") == datetime(2026, 11, 30, tzinfo=UTC)


@all_cases("text", ["", "yesterday", "2026-13-01", "30.11.2026"])
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|month"):
        utc(text)


def test_the_machines_clock_is_aware_and_its_counter_never_falls() -> None:
    assert SYSTEM_CLOCK.now().tzinfo is UTC
    first = SYSTEM_CLOCK.monotonic()
    assert SYSTEM_CLOCK.monotonic() >= first
