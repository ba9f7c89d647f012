"""Requests and responses of the OpenAI API: pairs of files and batch output."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from harness.core.types import Completion, Failure, FinishReason
from tests.importers.foreign_files import REPLY, read, write


def test_pairs_of_files(tmp_path: Path) -> None:
    request = {"model": "minimax/minimax-m2", "messages": [{"role": "user", "content": "2+2?"}], "temperature": 0}
    (tmp_path / "a.request.json").write_text(json.dumps(request))
    (tmp_path / "a.response.json").write_text(json.dumps(REPLY))
    found = read(tmp_path, "openai-pairs")
    (answer,) = found.answers
    attempt = answer.attempt
    assert isinstance(attempt, Completion)
    assert (attempt.text, attempt.finish_reason) == ("It is 4.", FinishReason.STOP)
    assert attempt.timing.started_at is not None
    assert attempt.timing.started_at.date() == date(2025, 11, 28)
    assert attempt.timing.total_s is None  # a reply does not say how long it took
    assert attempt.effective == {"model": "minimax/minimax-m2", "temperature": 0}
    assert found.samples["imported", answer.sample_id].prompt == "2+2?"
    assert answer.grade is None


def test_reasoning_above_the_completion_is_not_added(tmp_path: Path) -> None:
    usage = {**REPLY["usage"], "completion_tokens_details": {"reasoning_tokens": 60}}  # type: ignore[dict-item]
    found = read(write(tmp_path / "r.jsonl", {"response": {**REPLY, "usage": usage}, "request": {}}), "openai-pairs")
    used = found.answers[0].attempt.usage
    assert used is not None
    assert used.completion_tokens == 50  # prompt + completion is the total, so the reasoning lies inside


def test_an_answer_without_a_finish_reason_counts(tmp_path: Path) -> None:
    choice = {"index": 0, "finish_reason": None, "message": {"role": "assistant", "content": "4"}}
    found = read(write(tmp_path / "r.jsonl", {**REPLY, "choices": [choice]}), "openai-pairs")
    attempt = found.answers[0].attempt
    assert isinstance(attempt, Completion)
    assert attempt.finish_reason is FinishReason.NOT_GIVEN


def test_batch_output_with_a_failed_request(tmp_path: Path) -> None:
    failed = {"error": {"message": "slow down", "type": "rate_limit"}, "model": "minimax/minimax-m2"}
    path = write(
        tmp_path / "batch.jsonl",
        {"custom_id": "q1", "response": {"status_code": 200, "body": REPLY}},
        {"custom_id": "q2", "response": {"status_code": 429, "body": failed}},
    )
    found = read(path, "openai-pairs")
    assert [answer.sample_id for answer in found.answers] == ["q1", "q2"]
    assert isinstance(found.answers[1].attempt, Failure)
