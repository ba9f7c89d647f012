"""Models and prices as other lists state them, one value for all lists, and what their readers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from harness.core.prices import Rates, Tier

Fields: TypeAlias = Mapping[str, object]
"""An entry of a list: nothing is known of its values until each is looked at."""

PROVIDERS: Mapping[str, Mapping[str, str]] = {
    "openai": {"litellm": "", "genai": "openai", "models.dev": "openai"},
    "anthropic": {"litellm": "", "genai": "anthropic", "models.dev": "anthropic"},
    "google": {"litellm": "gemini/", "genai": "google", "models.dev": "google"},
    "alibaba": {"litellm": "dashscope/", "models.dev": "alibaba"},
    "minimax": {"litellm": "minimax/", "genai": "minimax", "models.dev": "minimax"},
    "moonshot": {"litellm": "moonshot/", "genai": "moonshotai", "models.dev": "moonshotai"},
    "deepseek": {"litellm": "deepseek/", "genai": "deepseek", "models.dev": "deepseek"},
    "xai": {"litellm": "xai/", "genai": "x-ai", "models.dev": "xai"},
    "zai": {"litellm": "zai/", "genai": "zai", "models.dev": "zai"},
    "groq": {"litellm": "groq/", "genai": "groq", "models.dev": "groq"},
    "cerebras": {"litellm": "cerebras/", "genai": "cerebras", "models.dev": "cerebras"},
    "openrouter": {"litellm": "openrouter/", "genai": "openrouter", "models.dev": "openrouter"},
    "together": {"litellm": "together_ai/", "genai": "together", "models.dev": "togetherai"},
}
"""Our name of a provider, and its name in each list; LiteLLM's is the prefix of its model names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """A price of another list. `starts_on`: the day that list says it starts, None where it has no date."""

    rates: Rates
    starts_on: date | None = None
    tiers: tuple[Tier, ...] = ()
    service_tiers: Mapping[str, Rates] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model in another list: its prices by start, the undated one first. `page`: the address named for it."""

    provider: str
    model: str
    prices: tuple[ListedPrice, ...]
    page: str = ""
    retired_on: date | None = None

    def price_on(self, day: date) -> ListedPrice:
        """The price in force on that day: the last that has started."""
        started = [price for price in self.prices if price.starts_on is None or price.starts_on <= day]
        return started[-1] if started else self.prices[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """One list: its title with version, where it can be opened, and its models by provider/model in lower case."""

    title: str
    url: str
    models: Mapping[str, ListedModel]


def service_tiers_above(menus: Mapping[tuple[int, str], dict[str, Decimal]], above: int) -> dict[str, Rates]:
    """The service tiers above one prompt length; one without both main rates is left out."""
    found = {tier: rates_of(fields) for (step, tier), fields in menus.items() if step == above and tier}
    return {tier: rates for tier, rates in sorted(found.items()) if rates is not None}


def rates_of(fields: Mapping[str, Decimal]) -> Rates | None:
    """Rates with both main classes; a cache rate of 0 where tokens cost something says "not filled in"."""
    if "prompt" not in fields or "completion" not in fields:
        return None
    is_free = not fields["prompt"]
    kept = {name: rate for name, rate in fields.items() if rate or is_free or name in ("prompt", "completion")}
    return Rates(**kept)


def named_rates(rates: Rates) -> dict[str, Decimal]:
    return {name: value for name in Rates.__slots__ if (value := getattr(rates, name)) is not None}


def plain_decimal(value: Decimal) -> Decimal:
    """Without trailing zeros and exponent: 2.50 is 2.5, 1E+1 is 10."""
    return Decimal(format(value.normalize(), "f"))


def mapping_of(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def day_of(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
