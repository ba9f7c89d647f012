"""The list of genai-prices: prices by start."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.pricing.list_files import listed

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


def test_genai_prices_are_read_by_start_and_hours_are_left_out(tmp_path: Path) -> None:
    models = listed(tmp_path, GENAI)
    assert sorted(models) == ["xai/dated", "xai/owl"]
    assert models["xai/owl"].prices[0].tiers[0].rates.completion == 6  # only the prompt has a step there
    dated = models["xai/dated"]
    assert [price.starts_on for price in dated.prices] == [None, date(2026, 12, 1)]
    assert [dated.price_on(date(2026, 11, day)).rates.prompt for day in (29, 30)] == [1, 1]
    assert dated.price_on(date(2026, 12, 1)).rates.prompt == 2
