"""Which rates of a price row hold for one request: length tier, time window, service tier; and the highest of them.

Covers the choice and the words that explain it. Does not cover finding the row (pricing.book) nor multiplying by tokens
(pricing.bill). The start of a request decides its window: providers do not say whether start or end does, and the start
is what both sides record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from harness.core.prices import CostUnknown, Price, Rates, Tier, Window

STANDARD_SERVICE = frozenset({"default", "standard", "auto", "on_demand"})
"""What providers call the service tier that is billed at the plain rates (OpenAI, Anthropic, Groq)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicableRates:
    """The rates of one request and, in words, why not the plain ones."""

    rates: Rates
    why: tuple[str, ...] = ()


def applicable_rates(
    price: Price, *, at: datetime, prompt_tokens: int, service_tier: str | None
) -> ApplicableRates | CostUnknown:
    """The rates of a request that started `at` with a prompt of that length.

    A prompt longer than a tier's threshold moves the whole request to the tier's rates. CostUnknown where the service
    tier has no published rates. Raises ValueError when `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"a price needs an instant with its time zone, got {at.isoformat()}")
    tier = _tier_of(price, at=at, prompt_tokens=prompt_tokens)
    served = None if service_tier is None or service_tier.lower() in STANDARD_SERVICE else service_tier.lower()
    if served is not None:
        # Batch, flex and priority are whole price lists of their own, so neither the plain rates nor an hour apply.
        return _service_rates(price, tier, served)
    if tier is not None:
        return ApplicableRates(rates=tier.rates, why=(_tier_words(tier),))
    window = next((window for window in price.windows if is_in_window(window, at)), None)
    if window is not None:
        return ApplicableRates(
            rates=window.rates, why=(f"window {window.start} to {window.end} {window.time_zone}: its rates hold",)
        )
    return ApplicableRates(rates=price.rates)


def is_in_window(window: Window, at: datetime) -> bool:
    """Whether the window holds at that instant, by the local time of its zone (daylight saving included).

    Start included, end excluded. A window that crosses midnight belongs to the day it starts on, for `days` as for
    `except_on`.
    """
    local = at.astimezone(_zone(window.time_zone))
    start, end = _minute(window.start), _minute(window.end)
    now, today = local.hour * 60 + local.minute, local.date()
    if start < end:
        day = today if start <= now < end else None
    elif now >= start:
        day = today
    else:
        day = today - timedelta(days=1) if now < end else None
    return day is not None and day.weekday() in window.days and day not in window.except_on


def max_rates(price: Price, *, prompt_tokens: int, service_tier: str | None, at: datetime | None = None) -> Rates:
    """Class by class the highest rate that a request with at most that prompt can meet.

    `at`: the start of the request, None for any hour. A service tier without rates in the row leaves the plain ones.
    `cached` is the highest rate of any prompt token not written to a cache.
    """
    # A bound on the prompt says that it may be shorter, so every tier below it may be the one that is billed.
    tiers = [
        tier
        for tier in price.tiers
        if tier.above_prompt_tokens < prompt_tokens and (at is None or tier.until is None or at < tier.until)
    ]
    if service_tier is not None and service_tier.lower() not in STANDARD_SERVICE:
        menus: list[Mapping[str, Rates]] = [price.service_tiers, *(tier.service_tiers for tier in tiers)]
        candidates = [menu[service_tier.lower()] for menu in menus if service_tier.lower() in menu]
        if candidates:
            return max_rate(candidates)
    if at is not None:
        held = next((window.rates for window in price.windows if is_in_window(window, at)), price.rates)
        return max_rate([held, *(tier.rates for tier in tiers)])
    return max_rate([price.rates, *(tier.rates for tier in tiers), *(window.rates for window in price.windows)])


def _tier_of(price: Price, *, at: datetime, prompt_tokens: int) -> Tier | None:
    hit = [
        tier
        for tier in price.tiers
        if prompt_tokens > tier.above_prompt_tokens and (tier.until is None or at < tier.until)
    ]
    return hit[-1] if hit else None  # tiers rise in a row (pricing.schema refuses others): the last is the highest


def _service_rates(price: Price, tier: Tier | None, served: str) -> ApplicableRates | CostUnknown:
    menu = price.service_tiers if tier is None else tier.service_tiers
    if served not in menu:
        length = "" if tier is None else f" for prompts above {tier.above_prompt_tokens} tokens"
        listed = ", ".join(sorted(menu)) or "none"
        return CostUnknown(reason=f"{price.id} has no rates of service tier {served!r}{length}; it lists: {listed}")
    why = () if tier is None else (_tier_words(tier),)
    return ApplicableRates(rates=menu[served], why=(*why, f"service tier {served}: its rates hold"))


def _tier_words(tier: Tier) -> str:
    return f"prompt above {tier.above_prompt_tokens} tokens: the whole request at the tier's rates"


def max_rate(candidates: Iterable[Rates]) -> Rates:
    """Class by class the highest rate of all; `cached` is at least the prompt rate, as nothing may have been cached."""
    rates = list(candidates)
    return Rates(
        prompt=max(each.prompt for each in rates),
        completion=max(each.completion for each in rates),
        cached=max(max(each.prompt, each.cached_or_prompt) for each in rates),
        cache_write=max(each.write_or_prompt for each in rates),
        cache_write_1h=max(each.write_1h_or_write for each in rates),
        thinking_completion=max(max(each.completion, each.reasoning_completion) for each in rates),
        cached_explicit=max(max(each.prompt, each.cached_explicit or each.prompt) for each in rates),
    )


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def _minute(clock_time: str) -> int:
    """Minutes since midnight of "HH:MM"; "24:00" is the end of the day."""
    if clock_time == "24:00":
        return 24 * 60
    of_day = time.fromisoformat(clock_time)
    return of_day.hour * 60 + of_day.minute
