"""How figures are written for people: dollars, counts, seconds, shares, plain numbers.

An unknown is `?`, what does not exist is `-`; neither is ever 0.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

UNKNOWN = "?"
NONE = "-"
MAX_PERCENT_DECIMALS = 3


def dollars(amount: Decimal | None) -> str:
    """Dollars for people: cents from a dollar up, else two significant digits; exact 0 is `0.00`, unknown `?`."""
    if amount is None:
        return UNKNOWN
    if amount == 0:
        return "0.00"
    if abs(amount) >= 1:
        return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"
    if abs(amount) >= Decimal("0.1"):
        return f"{amount.quantize(Decimal('0.001'), rounding=ROUND_HALF_EVEN):f}"
    return f"{Context(prec=2, rounding=ROUND_HALF_EVEN).plus(amount):f}"


def count(number: int | None) -> str:
    """A count for people, with thousands set apart; unknown `?`."""
    return UNKNOWN if number is None else f"{number:,}"


def of_planned(done: int, planned: int) -> str:
    """`100`, or `97 of 100` where fewer than planned are done."""
    return str(done) if done == planned else f"{done} of {planned}"


def seconds(value: float | None) -> str:
    """Seconds for people: three digits below ten, else one decimal."""
    if value is None:
        return NONE
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


ERROR_MARKS = "±: measurement error, because this host was busy; ? behind a figure: too large for it to count"


def measured(value: float, error: float, write: Callable[[float], str], *, is_usable: bool = True) -> str:
    """A figure with its measurement error where that shows: `2.04±0.03`; `2.04±0.90?` where it is not usable."""
    shown = write(error)
    return write(value) + (f"±{shown}" if shown.strip("0.") else "") + ("" if is_usable else "?")


def percent(share: float) -> str:
    """A share as a whole percentage, halves away from 0: 12.5 and 87.5 are rounded alike."""
    return str(Decimal(str(100 * share)).quantize(Decimal(1), ROUND_HALF_UP))


def percents(*shares: float) -> list[str]:
    """Shares as percentages with the same decimals: none, unless a share would then look like the 0 or 1 it is not.

    6,000 of 6,000 correct have a lower bound of 99.94, not of 100. Exactly 0 and 1 are `0` and `100`.
    """
    for decimals in range(MAX_PERCENT_DECIMALS + 1):
        step = Decimal(1).scaleb(-decimals)
        found = [Decimal(str(100 * share)).quantize(step, ROUND_HALF_UP) for share in shares]
        hidden = (0 < share < 1 and value in (0, 100) for share, value in zip(shares, found, strict=True))
        if not any(hidden):
            break
    return [
        str(value.quantize(Decimal(1))) if share in (0, 1) else str(value)
        for share, value in zip(shares, found, strict=True)
    ]


def percent_with_ci(estimate: float, low: float, high: float) -> str:
    """`75% [49, 90]`."""
    shown = percents(estimate, low, high)
    return f"{shown[0]}% [{shown[1]}, {shown[2]}]"


def digits(value: float) -> str:
    """Three significant digits, never in scientific notation; whole from 100 up."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{Decimal(f'{value:.2e}'):f}"


def four_digits(value: float) -> str:
    """A number with four significant digits; whole, with thousands set apart, from 10,000 up."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def thousandths(value: float | None) -> str:
    """As `digits`, but below 1 no finer than a thousandth; unknown `?`."""
    if value is None:
        return UNKNOWN
    return digits(value) if abs(value) >= 1 else f"{value:.3f}"
