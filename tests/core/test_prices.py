"""Rates that a provider does not publish are those of the wider class."""

from __future__ import annotations

from decimal import Decimal

from harness.core.prices import Rates


def test_missing_rates_are_those_of_the_wider_class() -> None:
    plain = Rates(prompt=Decimal("1.25"), completion=Decimal(10))
    assert plain.cached_or_prompt == plain.write_or_prompt == plain.write_1h_or_write == Decimal("1.25")
    assert plain.reasoning_completion == Decimal(10)


def test_an_hours_write_without_a_rate_costs_the_five_minutes_one() -> None:
    rates = Rates(prompt=Decimal(1), completion=Decimal(2), cache_write=Decimal("1.25"))
    assert rates.write_1h_or_write == Decimal("1.25")


def test_published_rates_stand_even_where_they_are_zero() -> None:
    free = Rates(
        prompt=Decimal(1),
        completion=Decimal(2),
        cached=Decimal(0),
        cache_write=Decimal(0),
        cache_write_1h=Decimal(0),
        thinking_completion=Decimal(0),
    )
    assert {free.cached_or_prompt, free.write_or_prompt, free.write_1h_or_write, free.reasoning_completion} == {0}
