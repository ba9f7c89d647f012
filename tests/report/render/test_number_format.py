"""How figures are written for people."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from harness.report.render.number_format import digits, dollars, four_digits, seconds, thousandths
from tests.cases import all_cases


@all_cases(
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


@all_cases(("value", "text"), [(None, "-"), (0.0, "0.00"), (1.234, "1.23"), (59.96, "60.0")])
def test_seconds(value: float | None, text: str) -> None:
    assert seconds(value) == text


@all_cases(("value", "text"), [(None, "?"), (0.0449, "0.045"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234")])
def test_figures_have_three_digits_or_so(value: float | None, text: str) -> None:
    assert thousandths(value) == text


@all_cases(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00012345, "0.000123"),
        (0.5, "0.500"),
        (-1.005, "-1.00"),
        (12.34, "12.3"),
        (99.96, "100.0"),
        (1234.5, "1,234"),
    ],
)
def test_three_digits_are_kept_and_thousands_set_apart(value: float, text: str) -> None:
    assert digits(value) == text


@all_cases(
    ("value", "text"), [(0.123456, "0.1235"), (1.5, "1.5"), (1234.56, "1235"), (12345.6, "12,346"), (-0.25, "-0.25")]
)
def test_four_digits_are_kept(value: float, text: str) -> None:
    assert four_digits(value) == text
