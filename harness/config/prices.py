"""A price of one's own, written at a model's entry, as a row like those of the price book.

Covers the change of shape only. Not here: which row is in force and what a call costs (`harness.pricing`).
"""

from __future__ import annotations

from datetime import date

from harness.config.schema import UserPriceEntry, UserRatesEntry
from harness.core.prices import Price, Rates, Tier


def price_row(entry: UserPriceEntry, *, provider: str, model: str, written_at: str, written_on: date) -> Price:
    """The row `providers.yaml:<provider>/<model>`.

    Where the entry names no source or day, the source is the line it stands on (`written_at`) and the day is that of
    the file's last change (`written_on`).
    """
    return Price(
        id=f"providers.yaml:{provider}/{model}",
        provider=provider,
        model=model,
        currency=entry.currency,
        rates=_rates(entry),
        effective_from=entry.effective_from,
        effective_to=entry.effective_to,
        sources=(entry.source or written_at,),
        read_on=entry.read_on or written_on,
        confidence="own",
        basis="written by the user of the harness, not taken from the price book",
        notes=entry.notes,
        tiers=tuple(Tier(above_prompt_tokens=tier.above_input_tokens, rates=_rates(tier)) for tier in entry.tiers),
        fee_share=entry.fee_share,
    )


def _rates(entry: UserRatesEntry) -> Rates:
    return Rates(
        prompt=entry.input,
        completion=entry.output,
        cached=entry.cached_input,
        cache_write=entry.cache_write,
        cache_write_1h=entry.cache_write_1h,
        thinking_completion=entry.output_thinking,
    )
