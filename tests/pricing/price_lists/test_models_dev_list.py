"""The list of models.dev."""

from __future__ import annotations

from pathlib import Path

from tests.pricing.list_files import D, listed

MODELS_DEV = {
    "moonshotai": {
        "doc": "https://vendor.example/kimi",
        "models": {
            "kimi": {
                "cost": {
                    "input": 0.6,
                    "output": 2.5,
                    "cache_read": 0.15,
                    "cache_write": 0,
                    "context_over_200k": {"input": 1.2, "output": 5},
                }
            }
        },
    }
}


def test_models_dev_is_read_and_an_unfilled_cache_rate_is_none(tmp_path: Path) -> None:
    (price,) = listed(tmp_path, MODELS_DEV)["moonshot/kimi"].prices
    assert (price.rates.cached, price.rates.cache_write) == (D("0.15"), None)
    assert [(tier.above_prompt_tokens, tier.rates.prompt) for tier in price.tiers] == [(200_000, D("1.2"))]
