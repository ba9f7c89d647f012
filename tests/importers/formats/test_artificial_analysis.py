"""Tables of Artificial Analysis."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.importers.results import ModelTokens
from tests.importers.foreign_files import read


def test_artificial_analysis_empty_is_unknown(tmp_path: Path) -> None:
    head = "slug,name,ii,price_in,price_out,cost_total,tok_in,tok_out"
    (tmp_path / "aa_2026-04-10.csv").write_text(f"{head}\nm-1,M 1,50,1,2,0,1000000,500000\nm-2,M 2,,,,,,\n")
    rows = read(tmp_path / "aa_2026-04-10.csv", "artificial-analysis").rows
    assert [row.usd for row in rows] == [None, None]  # 0: free or unknown
    assert rows[0].rates == (Decimal(1), Decimal(2))
    assert rows[1].tokens == ()


def page_model(slug: str, *, tokens: dict[str, int] | None, cost: object) -> dict[str, object]:
    return {
        "slug": slug,
        "name": slug.upper(),
        "evaluations": {"artificial_analysis_intelligence_index": 41.5, "artificial_analysis_coding_index": None},
        "pricing": {
            "price_1m_input_tokens": 1,
            "price_1m_output_tokens": 4,
            "intelligence_index_cost_total": cost,
        },
        "speed": {"output_tokens_per_second": 80.25, "end_to_end_response_time_seconds": 9},
        "breakdowns": {"intelligence_index_token_counts": tokens},
    }


@pytest.mark.parametrize("name", ["page.json", "page.json.gz"])
def test_the_json_of_the_leaderboard_page(name: str, tmp_path: Path) -> None:
    counts = {"inputTokens": 3_000_000, "outputTokens": 500_000, "reasoningTokens": 400_000, "answerTokens": 100_000}
    models = [page_model("m-1", tokens=counts, cost=5.00), page_model("m-2", tokens=None, cost=0)]
    text = json.dumps({"meta": {"fetched_at": "2026-04-10T06:58:38+00:00"}, "models": models}).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    first, second = read(tmp_path / name, "artificial-analysis").rows
    assert (first.id, first.model, first.benchmark) == ("m-1", "M-1", "page")
    assert (first.score, first.usd, first.days) == (Decimal("41.5"), Decimal("5.0"), (date(2026, 4, 10),))
    assert first.rates == (Decimal(1), Decimal(4))  # 3 x 1 + 0.5 x 4 = 5
    assert first.tokens == (ModelTokens(model="m-1", prompt=3_000_000, completion=500_000, reasoning=400_000),)
    assert (first.figures["tps"], first.figures["ttft"], first.figures["coding"]) == (Decimal("80.25"), None, None)
    assert (second.usd, second.usd_printed, second.tokens) == (None, "0", ())


def test_the_answer_of_the_api_has_prices_and_speed_and_no_dollars(tmp_path: Path) -> None:
    model = {
        "id": "0b",
        "name": "M 3",
        "slug": "m-3",
        "model_creator": {"id": "0c", "name": "Maker", "slug": "maker"},
        "evaluations": {"artificial_analysis_intelligence_index": 62.5, "gpqa": 0.75},
        "pricing": {"price_1m_blended_3_to_1": 2, "price_1m_input_tokens": 1.5, "price_1m_output_tokens": 3.5},
        "median_output_tokens_per_second": 150.5,
        "median_time_to_first_token_seconds": 14,
        "median_time_to_first_answer_token": 15,
    }
    (tmp_path / "answer.json").write_text(json.dumps({"status": 200, "data": [model]}))
    (row,) = read(tmp_path / "answer.json", "artificial-analysis").rows
    assert (row.id, row.score, row.usd, row.tokens, row.days) == ("m-3", Decimal("62.5"), None, (), ())
    assert row.rates == (Decimal("1.5"), Decimal("3.5"))
    assert [row.figures[name] for name in ("tps", "ttft", "ttfa", "e2e")] == [Decimal("150.5"), 14, 15, None]


def test_a_json_file_without_a_list_of_models_is_refused(tmp_path: Path) -> None:
    text = '{"models": {"slug": "m", "pricing": {}, "evaluations": {"artificial_analysis_intelligence_index": 1}}}'
    (tmp_path / "one.json").write_text(text)
    with pytest.raises(DataError, match=r"one\.json: found no list of models; accepted"):
        read(tmp_path / "one.json", "artificial-analysis")


def test_a_model_without_a_slug_is_named_by_its_place(tmp_path: Path) -> None:
    models = [page_model("m-1", tokens=None, cost=None), page_model("", tokens=None, cost=None)]
    (tmp_path / "two.json").write_text(json.dumps({"models": models}))
    with pytest.raises(DataError, match=r"two\.json, model 2: a model has a slug"):
        read(tmp_path / "two.json", "artificial-analysis")
