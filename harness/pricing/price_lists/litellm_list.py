"""LiteLLM's price list: flat fields in dollars per token, whose names carry prompt length and service tier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from harness.core.prices import Tier
from harness.pricing.price_lists.listed_models import (
    PROVIDERS,
    Fields,
    ListedModel,
    ListedPrice,
    day_of,
    plain_decimal,
    rates_of,
    service_tiers_above,
)

_LITELLM_OWNER = {"google": "gemini", "alibaba": "dashscope", "together": "together_ai"}
_LITELLM_RATES = {
    "input_cost_per_token": "prompt",
    "output_cost_per_token": "completion",
    "cache_read_input_token_cost": "cached",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
}
_SERVICE_TIERS = {"batches": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}
# LiteLLM writes a length tier into the name of the field: `input_cost_per_token_above_200k_tokens`.
_ABOVE = re.compile(r"_above_(\d+)k_tokens")
_INCLUSIVE = frozenset({"xai"})
"""Providers whose threshold belongs to the higher tier: xAI bills "200K or more" (docs.x.ai, 2026-11)."""


def litellm_models(content: Mapping[str, object]) -> Iterator[ListedModel]:
    for provider, names in PROVIDERS.items():
        prefix, owner = names["litellm"], _LITELLM_OWNER.get(provider, provider)
        for name, entry in content.items():
            if not isinstance(entry, dict) or entry.get("litellm_provider") != owner or not name.startswith(prefix):
                continue
            if entry.get("mode", "chat") not in ("chat", "responses") or name.startswith("ft:"):
                continue
            price = _litellm_price(entry, provider)
            if price is not None:
                yield ListedModel(
                    provider=provider,
                    model=name.removeprefix(prefix).lower(),
                    prices=(price,),
                    page=str(entry.get("source") or ""),
                    retired_on=day_of(entry.get("deprecation_date")),
                )


def _litellm_price(entry: Fields, provider: str) -> ListedPrice | None:
    menus: dict[tuple[int, str], dict[str, Decimal]] = {}
    for name, value in _litellm_fields(entry):
        above, tier, rate = value
        menus.setdefault((above, tier), {})[rate] = name
    tiered = entry.get("tiered_pricing")
    if isinstance(tiered, list) and tiered:
        menus |= {(above, ""): fields for above, fields in _litellm_ranges(tiered)}
    plain = rates_of(menus.pop((0, ""), {}))
    if plain is None:
        return None
    thresholds = sorted({above for above, _ in menus if above})
    return ListedPrice(
        rates=plain,
        tiers=tuple(
            Tier(
                above_prompt_tokens=above - (1 if provider in _INCLUSIVE else 0),
                rates=rates,
                service_tiers=service_tiers_above(menus, above),
            )
            for above in thresholds
            if (rates := rates_of(menus.get((above, ""), {}))) is not None
        ),
        service_tiers=service_tiers_above(menus, 0),
    )


def _litellm_fields(entry: Fields) -> Iterator[tuple[Decimal, tuple[int, str, str]]]:
    """(rate per million, (threshold, service tier, our name of the rate)) of each field that is a token price."""
    for field, value in entry.items():
        if not isinstance(value, Decimal):
            continue
        name, tier = field, ""
        for suffix, ours in _SERVICE_TIERS.items():
            if name.endswith(f"_{suffix}"):
                name, tier = name.removesuffix(f"_{suffix}"), ours
        above = _ABOVE.search(name)
        rate = _LITELLM_RATES.get(_ABOVE.sub("", name))
        if rate is not None:
            yield _per_mtok(value), (int(above[1]) * 1000 if above else 0, tier, rate)


def _litellm_ranges(tiered: list[object]) -> Iterator[tuple[int, dict[str, Decimal]]]:
    for item in tiered:
        if not isinstance(item, dict) or not isinstance(item.get("range"), list):
            continue
        rates = {ours: item[name] for name, ours in _LITELLM_RATES.items() if isinstance(item.get(name), Decimal)}
        yield int(item["range"][0]), {name: _per_mtok(value) for name, value in rates.items()}


def _per_mtok(value: Decimal) -> Decimal:
    return plain_decimal(value * 1_000_000)
