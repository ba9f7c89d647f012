"""How figures are written for people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.columns import COLUMNS, dollars, seconds


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "?"),
        ("0", "0.00"),
        ("0.000000044", "0.000000044"),
        ("0.0000446", "0.000045"),
        ("0.00999", "0.010"),
        ("0.0123", "0.012"),
        ("0.4999", "0.500"),
        ("1", "1.00"),
        ("12.345", "12.34"),
        ("1234567.891", "1234567.89"),
    ],
)
def test_dollars_keep_two_digits_below_ten_cents_and_cents_above_a_dollar(amount: str | None, text: str) -> None:
    assert dollars(None if amount is None else Decimal(amount)) == text


@given(st.decimals(min_value="0.000000000001", max_value="1000000", allow_nan=False, allow_infinity=False))
def test_dollars_above_zero_are_never_shown_as_zero(amount: Decimal) -> None:
    assert Decimal(dollars(amount)) > 0


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0.0, "0.00"), (1.234, "1.23"), (59.96, "60.0")])
def test_seconds(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_every_column_says_what_it_means() -> None:
    keys = [column.key for column in COLUMNS]
    assert len(set(keys)) == len(keys)
    assert all(len(column.meaning.split()) > 3 for column in COLUMNS)
