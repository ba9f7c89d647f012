"""EvalScope, Every Eval Ever, the bullshit benchmark's replies, and requests that failed in any of the formats."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import DataError
from harness.core.types import Completion, Failure, FinishReason, Verdict
from harness.importers.recognise import FORMATS, format_of, read_source
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.source_files import SourceFiles
from tests.importers.test_formats import read, write


def folder(root: Path, **files: list[dict[str, Any]]) -> Path:
    """Files of JSON Lines by their name, `__` for a slash."""
    for name, rows in files.items():
        path = root / f"{name.replace('__', '/')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, *rows)
    return root


def review(index: int, score: float, **more: object) -> dict[str, Any]:
    inner = {"score": {"value": {"acc": score}, "extracted_prediction": "4", "prediction": "It is 4."}, **more}
    return {"index": index, "input": "2+2?", "target": "4", "sample_score": inner}


def prediction(index: int, **output: object) -> dict[str, Any]:
    choices = [{"message": {"content": "It is 4."}, "stop_reason": "max_tokens"}]
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    return {"index": index, "model": "qwen-max", "model_output": {"choices": choices, "usage": usage, **output}}


def test_evalscope_reviews_with_their_predictions(tmp_path: Path) -> None:
    found = read(
        folder(
            tmp_path,
            reviews__qwen__gsm8k_main=[review(0, 1.0), review(1, 0.0), review(2, 0.5)],
            predictions__qwen__gsm8k_main=[prediction(0, time=1.5), prediction(1)],
        ),
        "evalscope",
    )
    first, second, third = found.answers
    assert (first.model, first.task, first.sample_id) == ("qwen-max", "gsm8k_main", "0")
    assert isinstance(first.attempt, Completion)
    assert first.attempt.finish_reason is FinishReason.LENGTH
    assert first.attempt.timing.total_s == 1.5
    assert first.attempt.usage is not None
    assert (first.attempt.usage.prompt_tokens, first.attempt.usage.cached_tokens) == (10, None)
    assert [one.grade and one.grade.verdict for one in found.answers] == [Verdict.CORRECT, Verdict.WRONG, None]
    assert second.attempt.timing.total_s is None
    assert third.model == "qwen"  # no prediction names the model: the folder does
    assert third.attempt.usage is None
    assert found.samples["gsm8k_main", "0"].target == "4"


def test_evalscope_repeats_share_their_group(tmp_path: Path) -> None:
    rows = [review(0, 1.0, group_id=0), review(1, 0.0, group_id=0)]
    found = read(folder(tmp_path, reviews__m__t=rows), "evalscope")
    assert [(one.sample_id, one.repeat) for one in found.answers] == [("0", 0), ("0", 1)]


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


def test_replies_of_the_bullshit_benchmark(tmp_path: Path) -> None:
    reply = {
        "model": "openai/gpt-5@reasoning=high",
        "model_id": "openai/gpt-5",
        "response_reasoning_effort": "high",
        "run_index": 2,
        "question_id": "q1",
        "question": "Which way is up?",
        "response_id": "gen-1",
        "response_text": "There is no such thing.",
        "response_usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.00015},
        "response_latency_ms": 500,
        "response_finish_reason": "stop",
        "started_at_utc": "2026-02-26T15:00:00+00:00",
        "error": "",
    }
    failed = {**reply, "question_id": "q2", "response_text": "", "response_usage": {}, "error": "code 502"}
    found = read(write(tmp_path / "r.jsonl", reply, failed), "bullshit-replies")
    first, second = found.answers
    assert isinstance(first.attempt, Completion)
    assert (first.repeat, first.attempt.reported_cost_usd) == (1, Decimal("0.00015"))
    assert (first.attempt.timing.total_s, first.grade) == (0.5, None)
    assert (found.models[0].gateway, found.models[0].effort) == ("openrouter", "high")
    assert isinstance(second.attempt, Failure)
    assert second.attempt.usage is None


def failed_inspect(root: Path) -> Path:
    sample = {"id": 1, "epoch": 1, "input": "q", "target": "4", "error": {"message": "timed out"}}
    log = {"eval": {"model": "m", "task": "t"}, "samples": [{**sample, "scores": {"s": {"value": "I"}}}]}
    (root / "log.json").write_text(json.dumps(log))
    return root / "log.json"


def failed_promptfoo(root: Path) -> Path:
    result = {"provider": "openai:gpt-5", "success": False, "failureReason": 2, "error": "timed out", "promptIdx": 0}
    (root / "out.json").write_text(json.dumps({"results": {"results": [result]}}))
    return root / "out.json"


def failed_evalscope(root: Path) -> Path:
    row = {**review(0, 0.0), "sample_score": {"score": {"value": {"acc": 0.0}}}}
    return folder(root, reviews__m__t=[row], predictions__m__t=[prediction(0, choices=[], error="timed out")])


@pytest.mark.parametrize("source", [failed_inspect, failed_promptfoo, failed_evalscope])
def test_a_failed_request_is_no_wrong_answer(source: Any, tmp_path: Path) -> None:
    (answer,) = read_any(source(tmp_path)).answers
    assert isinstance(answer.attempt, Failure)
    assert (answer.attempt.message, answer.grade) == ("timed out", None)


def read_any(path: Path) -> ImportedResults:
    files = SourceFiles([path])
    return read_source(files, format_of(files), ImportOptions())


WRONG_INSIDE: dict[str, Any] = {
    "promptfoo": {
        "results": {"results": [{"provider": "p", "success": True, "promptIdx": 0, "prompt": 1, "cost": []}]}
    },
    "inspect": {"eval": {"model": "m", "task": "t"}, "samples": ["not a sample"]},
    "atif": {"schema_version": "ATIF-v1.2", "agent": {"model_name": "m"}, "steps": {"a": 1}},
    "swebench": {"model": {"a__1": {"resolved": True, "cost": {"usd": 1}}}},
    "arc-prize": [{"datasetId": "d", "modelId": "m", "score": {"a": 1}}],
}


@pytest.mark.parametrize("name", sorted(WRONG_INSIDE))
def test_values_of_another_kind_are_one_message(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(WRONG_INSIDE[name]))
    files = SourceFiles([tmp_path / "x.json"])
    assert name in {one.name for one in FORMATS}
    with pytest.raises(DataError, match=r"x\.json"):
        read_source(files, format_of(files, name), ImportOptions())


def test_the_pages_own_files_of_arc_prize(tmp_path: Path) -> None:
    row = {"datasetId": "v2", "modelId": "m", "score": 0.5, "costPerTask": 0.2}
    (tmp_path / "v2.json").write_text(json.dumps({"version": "v2", "evaluations": [row]}))
    (only,) = read(tmp_path / "v2.json", "arc-prize").rows
    assert (only.accuracy, only.usd_per_task) == (0.5, Decimal("0.2"))
