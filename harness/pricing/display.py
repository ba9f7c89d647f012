"""Prices and bills as plain fields and table cells, every digit kept: what the commands print and emit as JSON.

Covers the wording of cells and the names of JSON fields; amounts are texts, so that no reader rounds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from harness.core.prices import BillLine, Cost, CostUnknown, Price, Rates, Window
from harness.pricing.bill import REQUEST_FEE
from harness.pricing.exact import exact_text
from harness.pricing.field_types import WEEKDAYS

Fields: TypeAlias = dict[str, object]
RATE_COLUMNS = ("when", "prompt", "cached", "cache write", "cache write 1 h", "completion", "thinking")
BILL_COLUMNS = ("what", "tokens", "per million", "amount", "usd")
NOTHING = "-"


def price_fields(price: Price) -> Fields:
    """A row as JSON-ready fields, named as in the price files; rates and shares are texts."""
    return {
        "id": price.id,
        "provider": price.provider,
        "model": price.model,
        "currency": price.currency,
        "effective_from": instant_text(price.effective_from),
        "effective_to": None if price.effective_to is None else instant_text(price.effective_to),
        "rates": _rates_fields(price.rates),
        "tiers": [
            {
                "above_prompt_tokens": tier.above_prompt_tokens,
                "until": None if tier.until is None else instant_text(tier.until),
                "rates": _rates_fields(tier.rates),
                "service_tiers": {name: _rates_fields(rates) for name, rates in tier.service_tiers.items()},
            }
            for tier in price.tiers
        ],
        "windows": [{"when": window_text(window), "rates": _rates_fields(window.rates)} for window in price.windows],
        "service_tiers": {name: _rates_fields(rates) for name, rates in price.service_tiers.items()},
        "fee_share": exact_text(price.fee_share),
        "request_fee": exact_text(price.request_fee),
        "surcharges": {name: exact_text(factor) for name, factor in price.surcharges.items()},
        "retired_on": None if price.retired_on is None else price.retired_on.isoformat(),
        "sources": list(price.sources),
        "read_on": price.read_on.isoformat(),
        "confidence": price.confidence,
        "basis": price.basis,
        "notes": price.notes,
    }


def rate_rows(price: Price) -> Iterator[tuple[str, ...]]:
    """The row's rates per million tokens as cells under `RATE_COLUMNS`: plain, tiers, windows, service tiers."""
    yield _rate_cells("plain", price.rates)
    for tier in price.tiers:
        until = "" if tier.until is None else f", until {instant_text(tier.until)}"
        yield _rate_cells(f"prompt above {tier.above_prompt_tokens}{until}", tier.rates)
        for name, rates in tier.service_tiers.items():
            yield _rate_cells(f"{name}, prompt above {tier.above_prompt_tokens}", rates)
    for window in price.windows:
        yield _rate_cells(window_text(window), window.rates)
    for name, rates in price.service_tiers.items():
        yield _rate_cells(name, rates)


def cost_fields(cost: Cost | CostUnknown) -> Fields:
    """A bill as JSON-ready fields; an unknown one has `usd` null and the reason."""
    if isinstance(cost, CostUnknown):
        known = exact_text(cost.known_usd)
        return {"usd": None, "reason": cost.reason, "known_usd": known, "price_id": None, "lines": []}
    return {
        "usd": exact_text(cost.usd),
        "currency": cost.currency,
        "amount": exact_text(cost.amount),
        "is_upper_bound": cost.is_upper_bound,
        "price_id": cost.price_id,
        "notes": list(cost.notes),
        "lines": [_line_fields(line) for line in cost.lines],
    }


def bill_rows(cost: Cost) -> Iterator[tuple[str, ...]]:
    """The bill's lines and its total as cells under `BILL_COLUMNS`; `amount` is in the price's currency."""
    for line in cost.lines:
        if line.what == REQUEST_FEE:
            rate, tokens = NOTHING, NOTHING
        elif line.fee_share is None:
            rate, tokens = exact_text(line.rate_per_mtok), str(line.tokens)
        else:
            rate, tokens = f"{exact_text(line.fee_share * 100)}%", NOTHING
        yield line.what, tokens, rate, exact_text(line.amount), exact_text(line.usd)
    total = "total, at most" if cost.is_upper_bound else "total"
    yield total, NOTHING, NOTHING, exact_text(cost.amount), exact_text(cost.usd)


def window_text(window: Window) -> str:
    """`mon-fri 09:00 to 12:00 Asia/Shanghai`, with the days that differ from a whole week or working week listed."""
    chosen = sorted(window.days)
    if chosen == list(range(7)):
        days = ""
    elif chosen == list(range(5)):
        days = "mon-fri "
    else:
        days = ",".join(WEEKDAYS[day] for day in chosen) + " "
    but = f", but {len(window.except_on)} listed days" if window.except_on else ""
    return f"{days}{window.start} to {window.end} {window.time_zone}{but}"


def instant_text(instant: datetime) -> str:
    """`2025-09-05T16:00Z`; seconds only where they are not 0."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ" if instant.second else "%Y-%m-%dT%H:%MZ")


def _line_fields(line: BillLine) -> Fields:
    return {
        "what": line.what,
        "tokens": line.tokens,
        "rate_per_mtok": exact_text(line.rate_per_mtok),
        "amount": exact_text(line.amount),
        "usd": exact_text(line.usd),
        "fee_share": _text(line.fee_share),
    }


def _rates_fields(rates: Rates) -> Fields:
    return {name: _text(getattr(rates, name)) for name in Rates.__slots__}


def _rate_cells(when: str, rates: Rates) -> tuple[str, ...]:
    values = (
        rates.prompt,
        rates.cached,
        rates.cache_write,
        rates.cache_write_1h,
        rates.completion,
        rates.thinking_completion,
    )
    return (when, *(NOTHING if value is None else exact_text(value) for value in values))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else exact_text(amount)
