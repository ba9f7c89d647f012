"""The list of models.dev: dollars per million tokens, with one further price above 200,000 prompt tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from harness.core.prices import Tier
from harness.pricing.price_lists.listed_models import (
    PROVIDERS,
    Fields,
    ListedModel,
    ListedPrice,
    mapping_of,
    named_rates,
    plain_decimal,
    rates_of,
)

_MODELS_DEV_RATES = {"input": "prompt", "output": "completion", "cache_read": "cached", "cache_write": "cache_write"}


def models_dev_models(content: Mapping[str, object]) -> Iterator[ListedModel]:
    for provider, names in PROVIDERS.items():
        entry = mapping_of(content.get(names["models.dev"]))
        for name, model in mapping_of(entry.get("models")).items():
            cost = mapping_of(mapping_of(model).get("cost"))
            rates = rates_of(_models_dev_rates(cost))
            if rates is None:
                continue
            # A rate that the tier does not repeat is the same in it.
            above = rates_of({**named_rates(rates), **_models_dev_rates(mapping_of(cost.get("context_over_200k")))})
            has_tier = bool(cost.get("context_over_200k")) and above is not None
            yield ListedModel(
                provider=provider,
                model=name.lower(),
                prices=(
                    ListedPrice(
                        rates=rates,
                        tiers=(Tier(above_prompt_tokens=200_000, rates=above),) if has_tier and above else (),
                    ),
                ),
                page=str(entry.get("doc") or ""),
            )


def _models_dev_rates(cost: Fields) -> dict[str, Decimal]:
    stated = ((ours, cost.get(name)) for name, ours in _MODELS_DEV_RATES.items())
    return {ours: plain_decimal(value) for ours, value in stated if isinstance(value, Decimal)}
