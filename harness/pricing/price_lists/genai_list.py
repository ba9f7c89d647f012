"""The list of the genai-prices package: dollars per million tokens, with dated prices and variants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from harness.core.prices import Tier
from harness.pricing.price_lists.listed_models import (
    PROVIDERS,
    Fields,
    ListedModel,
    ListedPrice,
    day_of,
    mapping_of,
    named_rates,
    plain_decimal,
    rates_of,
    service_tiers_above,
)

_GENAI_RATES = {
    "input_mtok": "prompt",
    "output_mtok": "completion",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}


def genai_models(providers: list[Fields]) -> Iterator[ListedModel]:
    ours = {names["genai"]: provider for provider, names in PROVIDERS.items() if "genai" in names}
    for provider in providers:
        name = ours.get(str(provider.get("id")))
        models = provider.get("models")
        if name is None or not isinstance(models, list):
            continue
        pages = provider.get("pricing_urls")
        page = str(pages[0]) if isinstance(pages, list) and pages else ""
        for model in models:
            if not isinstance(model, Mapping):
                continue
            prices = tuple(_genai_prices(model.get("prices"), model.get("price_variants")))
            if prices:
                yield ListedModel(provider=name, model=str(model["id"]).lower(), prices=prices, page=page)


def _genai_prices(prices: object, variants: object) -> Iterator[ListedPrice]:
    """The prices by start. A model whose price depends on the time of day is left out.

    Service tiers have dates of their own there, so they are taken only where the price never changed.
    """
    entries = prices if isinstance(prices, list) else [{"prices": prices}]
    if any("start_time" in mapping_of(mapping_of(entry).get("constraint")) for entry in entries):
        return
    menu = _genai_variants(variants) if len(entries) == 1 else {}
    for entry in entries:
        fields = mapping_of(mapping_of(entry).get("prices"))
        starts_on = day_of(mapping_of(mapping_of(entry).get("constraint")).get("start_date"))
        steps = _genai_steps(fields)
        plain = rates_of(steps.pop(0, {}))
        if plain is None:
            continue
        yield ListedPrice(
            rates=plain,
            starts_on=starts_on,
            tiers=tuple(
                Tier(above_prompt_tokens=above, rates=rates, service_tiers=service_tiers_above(menu, above))
                for above, fields in sorted(steps.items())
                if (rates := rates_of({**named_rates(plain), **fields})) is not None
            ),
            service_tiers=service_tiers_above(menu, 0),
        )


def _genai_variants(variants: object) -> dict[tuple[int, str], dict[str, Decimal]]:
    menu: dict[tuple[int, str], dict[str, Decimal]] = {}
    for variant in variants if isinstance(variants, list) else ():
        when = mapping_of(mapping_of(variant).get("when"))
        tier = when.get("service_tier") or when.get("processing")
        if not isinstance(tier, str) or len(when) != 1 or tier == "default":
            continue
        for above, fields in _genai_steps(mapping_of(mapping_of(variant).get("prices"))).items():
            menu[above, tier] = {**menu.get((0, tier), {}), **fields}
    return menu


def _genai_steps(fields: Fields) -> dict[int, dict[str, Decimal]]:
    """Rates by the prompt length above which they hold."""
    steps: dict[int, dict[str, Decimal]] = {}
    for name, ours in _GENAI_RATES.items():
        value = fields.get(name)
        tiers = mapping_of(value).get("tiers")
        base = mapping_of(value).get("base", value)
        if isinstance(base, Decimal):
            steps.setdefault(0, {})[ours] = plain_decimal(base)
        for tier in tiers if isinstance(tiers, list) else ():
            steps.setdefault(int(str(mapping_of(tier)["start"])), {})[ours] = plain_decimal(
                Decimal(str(mapping_of(tier)["price"]))
            )
    return steps
