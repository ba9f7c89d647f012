"""Price lists that others maintain, read from installed packages or files: genai-prices, LiteLLM, models.dev.

Each list becomes the same values, so that it can be compared with the price book. Nothing goes over the network. Of
litellm only the JSON file is read, the package is never imported (5 s); genai-prices is imported when asked for, and
its own network update is not used. What differs from our rows is decided in pricing.compare_lists.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from harness.core.errors import ConfigError
from harness.core.prices import Rates, Tier

LITELLM_FILE = "model_prices_and_context_window_backup.json"
Fields: TypeAlias = Mapping[str, object]

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
_LITELLM_OWNER = {"google": "gemini", "alibaba": "dashscope", "together": "together_ai"}
_LITELLM_RATES = {
    "input_cost_per_token": "prompt",
    "output_cost_per_token": "completion",
    "cache_read_input_token_cost": "cached",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
}
_GENAI_RATES = {
    "input_mtok": "prompt",
    "output_mtok": "completion",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}
_MODELS_DEV_RATES = {"input": "prompt", "output": "completion", "cache_read": "cached", "cache_write": "cache_write"}
_SERVICE_TIERS = {"batches": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}
_ABOVE = re.compile(r"_above_(\d+)k_tokens")
_INCLUSIVE = frozenset({"xai"})
"""Providers whose threshold belongs to the higher tier: xAI bills "200K or more" (docs.x.ai, 2026-11)."""


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


def installed_lists() -> tuple[list[PriceList], list[str]]:
    """(the lists of packages that are installed, the names of those that are not)."""
    found, absent = [], []
    spec = importlib.util.find_spec("genai_prices")
    if spec is None:
        absent.append("genai-prices")
    else:
        found.append(_genai_installed())
    spec = importlib.util.find_spec("litellm")
    folders = [] if spec is None or not spec.submodule_search_locations else list(spec.submodule_search_locations)
    paths = [Path(folder) / LITELLM_FILE for folder in folders if (Path(folder) / LITELLM_FILE).is_file()]
    if paths:
        found.append(_titled(read_list(paths[0]), "litellm"))
    else:
        absent.append("litellm")
    return found, absent


def read_list(path: Path) -> PriceList:
    """A list from a file: LiteLLM's price JSON, genai-prices' data.json or models.dev's api.json, told by its content.

    Raises ConfigError for anything else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as JSON: {error}") from None
    providers = content.get("providers", content) if isinstance(content, dict) else content
    if (
        isinstance(providers, list)
        and providers
        and all(isinstance(one, dict) and "models" in one for one in providers)
    ):
        return PriceList(title="genai-prices", url=path.resolve().as_uri(), models=_by_name(_genai_models(providers)))
    if isinstance(content, dict):
        entries = [entry for entry in content.values() if isinstance(entry, dict)]
        if any(isinstance(entry.get("models"), dict) for entry in entries):
            models = _by_name(_models_dev_models(content))
            return PriceList(title="models.dev", url=path.resolve().as_uri(), models=models)
        if any("input_cost_per_token" in entry for entry in entries):
            return PriceList(title="litellm", url=path.resolve().as_uri(), models=_by_name(_litellm_models(content)))
    raise ConfigError(
        f"{path}: is no price list that is known; accepted: litellm's model_prices_and_context_window.json, "
        "genai-prices' data.json, models.dev's api.json"
    )


def _by_name(models: Iterable[ListedModel]) -> dict[str, ListedModel]:
    return {f"{model.provider}/{model.model}".lower(): model for model in models}


def _titled(found: PriceList, package: str) -> PriceList:
    version = importlib.metadata.version(package)
    url = f"https://pypi.org/project/{package}/{version}/"
    return PriceList(title=f"{package} {version}", url=url, models=found.models)


def _genai_installed() -> PriceList:
    data = importlib.import_module("genai_prices.data")
    providers = [_plain(provider) for provider in data.providers]
    models = _by_name(_genai_models([provider for provider in providers if isinstance(provider, Mapping)]))
    return _titled(PriceList(title="", url="", models=models), "genai-prices")


def _plain(value: object) -> object:
    """genai-prices' own objects as the mappings of its data.json."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return {name: _plain(item) for name, item in vars(value).items() if item is not None}
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


# LiteLLM


def _litellm_models(content: Mapping[str, object]) -> Iterator[ListedModel]:
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
                    retired_on=_day(entry.get("deprecation_date")),
                )


def _litellm_price(entry: Fields, provider: str) -> ListedPrice | None:
    menus: dict[tuple[int, str], dict[str, Decimal]] = {}
    for name, value in _litellm_fields(entry):
        above, tier, rate = value
        menus.setdefault((above, tier), {})[rate] = name
    tiered = entry.get("tiered_pricing")
    if isinstance(tiered, list) and tiered:
        menus |= {(above, ""): fields for above, fields in _litellm_ranges(tiered)}
    plain = _rates(menus.pop((0, ""), {}))
    if plain is None:
        return None
    thresholds = sorted({above for above, _ in menus if above})
    return ListedPrice(
        rates=plain,
        tiers=tuple(
            Tier(
                above_prompt_tokens=above - (1 if provider in _INCLUSIVE else 0),
                rates=rates,
                service_tiers=_menu(menus, above),
            )
            for above in thresholds
            if (rates := _rates(menus.get((above, ""), {}))) is not None
        ),
        service_tiers=_menu(menus, 0),
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
    return _tidy(value * 1_000_000)


# genai-prices


def _genai_models(providers: list[Fields]) -> Iterator[ListedModel]:
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
    if any("start_time" in _mapping(_mapping(entry).get("constraint")) for entry in entries):
        return
    menu = _genai_variants(variants) if len(entries) == 1 else {}
    for entry in entries:
        fields = _mapping(_mapping(entry).get("prices"))
        starts_on = _day(_mapping(_mapping(entry).get("constraint")).get("start_date"))
        steps = _genai_steps(fields)
        plain = _rates(steps.pop(0, {}))
        if plain is None:
            continue
        yield ListedPrice(
            rates=plain,
            starts_on=starts_on,
            tiers=tuple(
                Tier(above_prompt_tokens=above, rates=rates, service_tiers=_menu(menu, above))
                for above, fields in sorted(steps.items())
                if (rates := _rates({**_named(plain), **fields})) is not None
            ),
            service_tiers=_menu(menu, 0),
        )


def _genai_variants(variants: object) -> dict[tuple[int, str], dict[str, Decimal]]:
    menu: dict[tuple[int, str], dict[str, Decimal]] = {}
    for variant in variants if isinstance(variants, list) else ():
        when = _mapping(_mapping(variant).get("when"))
        tier = when.get("service_tier") or when.get("processing")
        if not isinstance(tier, str) or len(when) != 1 or tier == "default":
            continue
        for above, fields in _genai_steps(_mapping(_mapping(variant).get("prices"))).items():
            menu[above, tier] = {**menu.get((0, tier), {}), **fields}
    return menu


def _genai_steps(fields: Fields) -> dict[int, dict[str, Decimal]]:
    """Rates by the prompt length above which they hold."""
    steps: dict[int, dict[str, Decimal]] = {}
    for name, ours in _GENAI_RATES.items():
        value = fields.get(name)
        tiers = _mapping(value).get("tiers")
        base = _mapping(value).get("base", value)
        if isinstance(base, Decimal):
            steps.setdefault(0, {})[ours] = _tidy(base)
        for tier in tiers if isinstance(tiers, list) else ():
            steps.setdefault(int(str(_mapping(tier)["start"])), {})[ours] = _tidy(Decimal(str(_mapping(tier)["price"])))
    return steps


# models.dev


def _models_dev_models(content: Mapping[str, object]) -> Iterator[ListedModel]:
    for provider, names in PROVIDERS.items():
        entry = _mapping(content.get(names["models.dev"]))
        for name, model in _mapping(entry.get("models")).items():
            cost = _mapping(_mapping(model).get("cost"))
            rates = _rates(_models_dev_rates(cost))
            if rates is None:
                continue
            above = _rates({**_named(rates), **_models_dev_rates(_mapping(cost.get("context_over_200k")))})
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
    return {ours: _tidy(value) for ours, value in stated if isinstance(value, Decimal)}


# What the lists share


def _menu(menus: Mapping[tuple[int, str], dict[str, Decimal]], above: int) -> dict[str, Rates]:
    """The service tiers above one prompt length; one without both main rates is left out."""
    found = {tier: _rates(fields) for (step, tier), fields in menus.items() if step == above and tier}
    return {tier: rates for tier, rates in sorted(found.items()) if rates is not None}


def _rates(fields: Mapping[str, Decimal]) -> Rates | None:
    """Rates with both main classes; a cache rate of 0 where tokens cost something says "not filled in"."""
    if "prompt" not in fields or "completion" not in fields:
        return None
    is_free = not fields["prompt"]
    kept = {name: rate for name, rate in fields.items() if rate or is_free or name in ("prompt", "completion")}
    return Rates(**kept)


def _named(rates: Rates) -> dict[str, Decimal]:
    return {name: value for name in Rates.__slots__ if (value := getattr(rates, name)) is not None}


def _tidy(value: Decimal) -> Decimal:
    """Without trailing zeros and exponent: 2.50 is 2.5, 1E+1 is 10."""
    return Decimal(format(value.normalize(), "f"))


def _mapping(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
