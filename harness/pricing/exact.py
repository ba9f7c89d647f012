"""Exact decimal arithmetic for money.

Every product and sum is exact: the context traps Inexact, so a rounded amount cannot be made. Converting another
currency into dollars is a division and the one inexact step; it is rounded half-even to 34 significant digits (IEEE 754
decimal128).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

from harness.core.prices import ExchangeRate

EXACT = Context(prec=20_000, Emax=999_999, Emin=-999_999, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Wide enough for any count that a JSON text can hold; `prec` is a limit, small numbers stay small."""

CONVERTED_DIGITS = 34
CONVERT = Context(prec=CONVERTED_DIGITS, rounding=ROUND_HALF_EVEN)
TOKENS_PER_MTOK_DIGITS = 6
"""Prices are per million tokens. A shift by six places is exact; a division would have to be rounded or refused."""


def token_amount(tokens: int, rate_per_mtok: Decimal) -> Decimal:
    """Tokens times a rate per million tokens, exactly."""
    return EXACT.scaleb(EXACT.multiply(Decimal(tokens), rate_per_mtok), -TOKENS_PER_MTOK_DIGITS)


def in_usd(amount: Decimal, exchange: ExchangeRate | None) -> Decimal:
    """The amount in dollars: itself without an exchange rate, else rounded to 34 significant digits."""
    return amount if exchange is None else CONVERT.divide(amount, exchange.per_usd)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, exactly; 0 of nothing."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def exact_text(amount: Decimal) -> str:
    """Every digit of an amount, without exponent and without trailing zeros: 0.0003105, 12, 0."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
