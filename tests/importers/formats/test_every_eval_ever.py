"""Instances of Every Eval Ever."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness.core.types import Completion, Failure
from tests.importers.evaluated_files import folder
from tests.importers.foreign_files import read


def instance(sample: str, *, is_correct: bool, run: str = "run-1", **more: object) -> dict[str, Any]:
    return {
        "evaluation_id": run,
        "model_id": "openai/gpt-5",
        "evaluation_name": "sums",
        "sample_id": sample,
        "interaction_type": "single_turn",
        "input": {"raw": "2+2?", "reference": ["4"]},
        "output": {"raw": ["It is 4."]},
        "evaluation": {"score": float(is_correct), "is_correct": is_correct},
        **more,
    }


def test_every_eval_ever_instances(tmp_path: Path) -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": 115,
        "input_tokens_cache_read": 100,
        "input_tokens_cache_write": 0,
    }
    rows = [
        instance("a", is_correct=True, token_usage=usage, performance={"latency_ms": 250}, evaluation_result_id="acc"),
        instance("a", is_correct=False, evaluation_result_id="style"),  # the same answer under another metric
        instance("a", is_correct=False, run="run-2"),
        instance("b", is_correct=False, error="timeout"),
    ]
    aggregate = {
        "evaluation_id": "run-1",
        "evaluation_timestamp": "1764288000",
        "retrieved_timestamp": "1780000000",
        "source_metadata": {"source_name": "Our Board"},
        "model_info": {"id": "openai/gpt-5"},
        "evaluation_results": [
            {
                "evaluation_name": "sums",
                "metric_config": {"min_score": 0, "max_score": 1, "lower_is_better": False},
                "score_details": {"score": 0.5, "uncertainty": {"num_samples": 2}},
            },
            {"evaluation_name": "elo", "metric_config": {}, "score_details": {"score": 1200}},
        ],
    }
    (tmp_path / "x.json").write_text(json.dumps(aggregate))
    found = read(folder(tmp_path, x=rows), "every-eval-ever")
    assert [(one.sample_id, one.repeat) for one in found.answers] == [("a", 0), ("a", 1), ("b", 0)]
    first, _, failed = found.answers
    assert isinstance(first.attempt, Completion)
    assert first.attempt.usage is not None
    assert first.attempt.usage.prompt_tokens == 110  # 10 + 100 cached beside them, for the total is 115
    assert first.attempt.timing.total_s == 0.25
    assert str(first.attempt.timing.started_at) == "2025-11-28 00:00:00+00:00"
    assert isinstance(failed.attempt, Failure)
    assert failed.grade is None
    assert [(row.benchmark, row.n, row.accuracy) for row in found.rows] == [("sums", 2, 0.5), ("elo", None, None)]
    assert found.rows[1].figures == {"elo": Decimal(1200)}
    assert found.published.title == "Every Eval Ever: Our Board"
