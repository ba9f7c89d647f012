"""Bill lines: disjoint classes of tokens times their rates, in exact decimals, in the price's currency and in dollars.

Covers the arithmetic. Every product and sum is exact: the context traps Inexact, so a rounded bill cannot be made.
Converting another currency into dollars is a division and the one inexact step: each line is rounded half-even to 34
significant digits, and the total is the exact sum of those. Does not cover which rates hold (pricing.rates) nor what an
unreported count means (pricing.cost).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

from harness.core.prices import BillLine, ExchangeRate, Price, Rates
from harness.core.types import Usage
from harness.pricing.rates import cached_rate, reasoning_rate, write_1h_rate, write_rate

EXACT = Context(prec=20_000, Emax=999_999, Emin=-999_999, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Wide enough for any count that a JSON text can hold; `prec` is a limit, small numbers stay small."""

CONVERTED_DIGITS = 34
CONVERT = Context(prec=CONVERTED_DIGITS, rounding=ROUND_HALF_EVEN)
TOKENS_PER_MTOK_DIGITS = 6

UNCACHED = "prompt, uncached"
CACHED = "prompt, cached"
CACHE_WRITE = "cache write"
CACHE_WRITE_1H = "cache write, 1 h"
CACHE_READ_AND_WRITE = "prompt, cache read and write"
COMPLETION = "completion"
NON_REASONING_OUTPUT = "completion, excl. reasoning"
REASONING = "reasoning"
FEE = "gateway fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCharge:
    """Tokens of one class at one rate per million tokens."""

    what: str
    tokens: int
    rate_per_mtok: Decimal


def prompt_charges(usage: Usage, rates: Rates) -> list[TokenCharge]:
    """The prompt of a consistent usage as disjoint classes.

    Cache reads and writes that count the same tokens (`Usage.cache_counts_overlap`) are billed once, at the higher of
    the two rates. Counts that were not reported bill nothing of their class. Needs `prompt_tokens`.
    """
    assert usage.prompt_tokens is not None
    cached, written, written_1h = usage.cached_tokens or 0, total_cache_writes(usage), usage.cache_write_1h_tokens or 0
    both = min(cached, written) if usage.cache_counts_overlap else 0
    both_1h = min(both, written_1h)
    both_rate = max(cached_rate(rates), write_rate(rates))
    both_1h_rate = max(cached_rate(rates), write_1h_rate(rates))
    return [
        TokenCharge(what=UNCACHED, tokens=usage.prompt_tokens - cached - written + both, rate_per_mtok=rates.prompt),
        TokenCharge(what=CACHED, tokens=cached - both, rate_per_mtok=cached_rate(rates)),
        TokenCharge(what=CACHE_WRITE, tokens=written - written_1h - (both - both_1h), rate_per_mtok=write_rate(rates)),
        TokenCharge(what=CACHE_WRITE_1H, tokens=written_1h - both_1h, rate_per_mtok=write_1h_rate(rates)),
        TokenCharge(what=CACHE_READ_AND_WRITE, tokens=both - both_1h, rate_per_mtok=both_rate),
        TokenCharge(what=CACHE_READ_AND_WRITE, tokens=both_1h, rate_per_mtok=both_1h_rate),
    ]


def output_charges(usage: Usage, rate_per_mtok: Decimal) -> list[TokenCharge]:
    """The output as visible answer and reasoning where the split is known, undivided where not.

    Both are billed at the same rate: where a provider prices thinking apart, it prices the whole output of a thinking
    request (Alibaba's price table, column "Thinking mode (CoT + response)").
    """
    assert usage.completion_tokens is not None
    if usage.reasoning_tokens is None:
        return [TokenCharge(what=COMPLETION, tokens=usage.completion_tokens, rate_per_mtok=rate_per_mtok)]
    visible = usage.completion_tokens - usage.reasoning_tokens
    return [
        TokenCharge(what=NON_REASONING_OUTPUT, tokens=visible, rate_per_mtok=rate_per_mtok),
        TokenCharge(what=REASONING, tokens=usage.reasoning_tokens, rate_per_mtok=rate_per_mtok),
    ]


def max_charges(usage: Usage, dearest: Rates) -> list[TokenCharge]:
    """A bill no reading of a contradictory usage exceeds: every count taken as lying beside the others.

    `dearest` comes from pricing.rates.dearest_rates. Needs `prompt_tokens` and `completion_tokens`.
    """
    assert usage.prompt_tokens is not None
    assert usage.completion_tokens is not None
    written, written_1h = total_cache_writes(usage), usage.cache_write_1h_tokens or 0
    unwritten = max(0, max_prompt_tokens(usage) - written)
    output = usage.completion_tokens + max(usage.reasoning_tokens or 0, usage.stated_reasoning_tokens or 0)
    return [
        TokenCharge(
            what=f"{UNCACHED} (dearest reading)",
            tokens=unwritten,
            rate_per_mtok=max(dearest.prompt, cached_rate(dearest)),
        ),
        TokenCharge(
            what=f"{CACHE_WRITE} (dearest reading)",
            tokens=written,
            rate_per_mtok=max(dearest.prompt, write_1h_rate(dearest) if written_1h else write_rate(dearest)),
        ),
        TokenCharge(what=f"{COMPLETION} (dearest reading)", tokens=output, rate_per_mtok=reasoning_rate(dearest)),
    ]


def total_cache_writes(usage: Usage) -> int:
    """Tokens written to a cache, the one-hour ones included; 0 where none were reported."""
    return max(usage.cache_write_tokens or 0, usage.cache_write_1h_tokens or 0)


def max_prompt_tokens(usage: Usage) -> int:
    """The most prompt tokens any reading gives: cache counts that the prompt cannot hold may stand beside it."""
    prompt, in_cache = usage.prompt_tokens or 0, (usage.cached_tokens or 0) + total_cache_writes(usage)
    return prompt if in_cache <= prompt else prompt + in_cache


def bill_lines(charges: Iterable[TokenCharge], price: Price) -> tuple[BillLine, ...]:
    """The lines of a bill, in the order given, classes without tokens left out, and the gateway's fee as the last line.

    A price not in dollars needs its `exchange`.
    """
    lines = [
        _line(what=charge.what, tokens=charge.tokens, rate=charge.rate_per_mtok, exchange=price.exchange)
        for charge in charges
        if charge.tokens
    ]
    if price.fee_share and lines:
        amount = EXACT.multiply(exact_sum(line.amount for line in lines), price.fee_share)
        lines.append(
            BillLine(
                what=FEE,
                tokens=0,
                rate_per_mtok=Decimal(0),
                amount=amount,
                usd=in_usd(amount, price.exchange),
                fee_share=price.fee_share,
            )
        )
    return tuple(lines)


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


def totals(lines: Sequence[BillLine]) -> tuple[Decimal, Decimal]:
    """The sums of a bill as (amount in the price's currency, dollars)."""
    return exact_sum(line.amount for line in lines), exact_sum(line.usd for line in lines)


def _line(*, what: str, tokens: int, rate: Decimal, exchange: ExchangeRate | None) -> BillLine:
    amount = token_amount(tokens, rate)
    return BillLine(what=what, tokens=tokens, rate_per_mtok=rate, amount=amount, usd=in_usd(amount, exchange))
