"""Money is exact: products and sums lose no digit, and only a conversion of currencies rounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.prices import ExchangeRate
from harness.pricing.exact import EXACT, exact_sum, exact_text, in_usd, token_amount
from tests.cases import all_cases

YUAN = ExchangeRate(currency="CNY", per_usd=Decimal(7), on=date(2025, 11, 1), source="a test")


def test_tokens_times_rate_keep_every_digit() -> None:
    # 123,456,789 tokens at 0.123456789 per million: 123.456789 x 0.123456789
    assert token_amount(123_456_789, Decimal("0.123456789")) == Decimal("15.241578750190521")


@given(st.lists(st.integers(0, 10**30), max_size=20), st.integers(0, 20))
def test_a_sum_is_that_of_whole_numbers_of_the_last_digit(units: list[int], places: int) -> None:
    amounts = [EXACT.scaleb(Decimal(unit), -places) for unit in units]
    assert EXACT.scaleb(exact_sum(amounts), places) == sum(units)


def test_a_result_that_would_be_rounded_is_refused() -> None:
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))


def test_a_conversion_is_rounded_to_34_digits_and_dollars_are_not() -> None:
    assert in_usd(Decimal(1), YUAN) == Decimal("0.1428571428571428571428571428571429")  # 1 / 7
    many = Decimal("0." + "1" * 60)
    assert in_usd(many, None) == many


@all_cases(
    ("amount", "text"),
    [("0.00031050", "0.0003105"), ("12.000", "12"), ("1E+3", "1000"), ("0E-9", "0"), ("1E-9", "0.000000001")],
)
def test_text_has_no_exponent_and_no_zeros_at_its_end(amount: str, text: str) -> None:
    assert exact_text(Decimal(amount)) == text
