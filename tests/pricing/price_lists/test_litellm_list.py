"""LiteLLM's list: rates per million, tiers and service tiers from the names of fields."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.pricing.list_files import D, listed

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
