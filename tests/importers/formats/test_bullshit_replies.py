"""Responses of the bullshit benchmark."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from harness.core.types import Completion, Failure
from tests.importers.foreign_files import read, write


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
