"""Price lists that others maintain, read from installed packages or files: genai-prices, LiteLLM, models.dev.

Each list becomes the same values (listed_models), so that it can be compared with the price book. Nothing goes over the
network. Of litellm only the JSON file is read, the package is never imported (5 s); genai-prices is imported when asked
for, and its own network update is not used. What differs from our rows is decided in pricing.compare_lists.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from harness.core.errors import ConfigError
from harness.pricing.price_lists.genai_list import genai_models
from harness.pricing.price_lists.listed_models import ListedModel, PriceList
from harness.pricing.price_lists.litellm_list import litellm_models
from harness.pricing.price_lists.models_dev_list import models_dev_models

LITELLM_FILE = "model_prices_and_context_window_backup.json"


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
        return PriceList(title="genai-prices", url=path.resolve().as_uri(), models=_by_name(genai_models(providers)))
    if isinstance(content, dict):
        entries = [entry for entry in content.values() if isinstance(entry, dict)]
        if any(isinstance(entry.get("models"), dict) for entry in entries):
            models = _by_name(models_dev_models(content))
            return PriceList(title="models.dev", url=path.resolve().as_uri(), models=models)
        if any("input_cost_per_token" in entry for entry in entries):
            return PriceList(title="litellm", url=path.resolve().as_uri(), models=_by_name(litellm_models(content)))
    raise ConfigError(
        f"{path}: is no price list that is known; accepted: litellm's model_prices_and_context_window.json, "
        "genai-prices' data.json, models.dev's api.json"
    )


def _by_name(models: Iterable[ListedModel]) -> dict[str, ListedModel]:
    return {f"{model.provider}/{model.model}".lower(): model for model in models}


def _titled(found: PriceList, package: str) -> PriceList:
    version = importlib.metadata.version(package)
    return PriceList(title=f"{package} {version}", url=f"package {package} {version}", models=found.models)


def _genai_installed() -> PriceList:
    data = importlib.import_module("genai_prices.data")
    providers = [_plain(provider) for provider in data.providers]
    models = _by_name(genai_models([provider for provider in providers if isinstance(provider, Mapping)]))
    return _titled(PriceList(title="", url="", models=models), "genai-prices")


def _plain(value: object) -> object:
    """genai-prices' own objects as the mappings of its data.json."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return {name: _plain(item) for name, item in vars(value).items() if item is not None}
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value
