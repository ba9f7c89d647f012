"""Price lists of others are read exactly, from files in each of their formats."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.pricing.other_lists import ListedModel, read_list

D = Decimal
LITELLM = {
    "sample_spec": {"mode": "chat"},
    "rocket": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "cache_read_input_token_cost": 1.25e-07,
        "input_cost_per_token_flex": 6.25e-07,
        "output_cost_per_token_flex": 5e-06,
        "input_cost_per_token_priority": 2.5e-06,
        "input_cost_per_token_above_272k_tokens": 2.5e-06,
        "output_cost_per_token_above_272k_tokens": 1.5e-05,
        "output_cost_per_token_above_272k_tokens_flex": 7.5e-06,
        "input_cost_per_token_above_272k_tokens_flex": 1.25e-06,
        "deprecation_date": "2027-04-01",
        "source": "https://vendor.example/pricing",
    },
    "xai/owl": {
        "litellm_provider": "xai",
        "input_cost_per_token": 2e-06,
        "output_cost_per_token": 6e-06,
        "input_cost_per_token_above_200k_tokens": 4e-06,
        "output_cost_per_token_above_200k_tokens": 1.2e-05,
    },
    "dashscope/heron": {
        "litellm_provider": "dashscope",
        "tiered_pricing": [
            {"range": [0, 32000], "input_cost_per_token": 1.2e-06, "output_cost_per_token": 6e-06},
            {"range": [32000, 128000], "input_cost_per_token": 2.4e-06, "output_cost_per_token": 1.2e-05},
        ],
    },
    "azure/rocket": {"litellm_provider": "azure", "input_cost_per_token": 9e-06, "output_cost_per_token": 9e-06},
    "ear": {"litellm_provider": "openai", "mode": "audio_transcription", "input_cost_per_token": 1e-06},
}
GENAI = [
    {
        "id": "x-ai",
        "pricing_urls": ["https://vendor.example/x"],
        "models": [
            {
                "id": "Owl",
                "prices": {"input_mtok": {"base": 2, "tiers": [{"start": 199999, "price": 4}]}, "output_mtok": 6},
            },
            {
                "id": "hourly",
                "prices": [
                    {"prices": {"input_mtok": 1, "output_mtok": 2}},
                    {"constraint": {"start_time": "01:00:00Z"}, "prices": {"input_mtok": 2, "output_mtok": 4}},
                ],
            },
            {
                "id": "dated",
                "prices": [
                    {"prices": {"input_mtok": 1, "output_mtok": 2}},
                    {"constraint": {"start_date": "2026-12-01"}, "prices": {"input_mtok": 2, "output_mtok": 4}},
                ],
            },
        ],
    }
]
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


def listed(folder: Path, content: object) -> dict[str, ListedModel]:
    path = folder / "list.json"
    path.write_text(json.dumps(content))
    return dict(read_list(path).models)


def test_litellms_rates_tiers_and_service_tiers_are_per_million(tmp_path: Path) -> None:
    models = listed(tmp_path, LITELLM)
    assert sorted(models) == ["alibaba/heron", "openai/rocket", "xai/owl"]
    rocket = models["openai/rocket"]
    (price,) = rocket.prices
    assert (price.rates.prompt, price.rates.cached, price.rates.completion) == (D("1.25"), D("0.125"), D(10))
    assert price.service_tiers is not None
    assert list(price.service_tiers) == ["flex"]  # priority has no output rate there
    (tier,) = price.tiers
    assert (tier.above_prompt_tokens, tier.rates.prompt, tier.service_tiers["flex"].completion) == (
        272_000,
        D("2.5"),
        D("7.5"),
    )
    assert (rocket.retired_on, rocket.page) == (date(2027, 4, 1), "https://vendor.example/pricing")


def test_a_threshold_that_belongs_to_the_higher_tier_starts_one_below(tmp_path: Path) -> None:
    assert listed(tmp_path, LITELLM)["xai/owl"].prices[0].tiers[0].above_prompt_tokens == 199_999


def test_ranges_of_prompt_lengths_are_tiers(tmp_path: Path) -> None:
    (price,) = listed(tmp_path, LITELLM)["alibaba/heron"].prices
    assert price.rates.prompt == D("1.2")
    assert [(tier.above_prompt_tokens, tier.rates.completion) for tier in price.tiers] == [(32_000, D(12))]


def test_genai_prices_are_read_by_start_and_hours_are_left_out(tmp_path: Path) -> None:
    models = listed(tmp_path, GENAI)
    assert sorted(models) == ["xai/dated", "xai/owl"]
    assert models["xai/owl"].prices[0].tiers[0].rates.completion == 6  # only the prompt has a step there
    dated = models["xai/dated"]
    assert [price.starts_on for price in dated.prices] == [None, date(2026, 12, 1)]
    assert [dated.price_on(date(2026, 11, day)).rates.prompt for day in (29, 30)] == [1, 1]
    assert dated.price_on(date(2026, 12, 1)).rates.prompt == 2


def test_models_dev_is_read_and_an_unfilled_cache_rate_is_none(tmp_path: Path) -> None:
    (price,) = listed(tmp_path, MODELS_DEV)["moonshot/kimi"].prices
    assert (price.rates.cached, price.rates.cache_write) == (D("0.15"), None)
    assert [(tier.above_prompt_tokens, tier.rates.prompt) for tier in price.tiers] == [(200_000, D("1.2"))]


@pytest.mark.parametrize("content", ["{}", "[]", "42", '{"a": 1}', "not json"])
def test_what_is_no_list_is_refused_with_what_is_accepted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"list\.json: (is no price list|cannot be read as JSON)"):
        read_list(path)
