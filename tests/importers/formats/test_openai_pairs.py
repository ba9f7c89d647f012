"""Requests and responses of the OpenAI API: pairs of files and batch output."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.clock import utc
from harness.core.prices import Cost
from harness.core.types import Completion, Failure, FinishReason
from harness.pricing.attempts import attempt_cost
from harness.pricing.book import load_book
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


@pytest.mark.parametrize(("row", "usd"), [({"custom_id": "q1"}, "0.001125"), ({}, "0.00225")])
def test_batch_output_is_billed_at_the_batch_rates_whatever_tier_its_bodies_name(
    row: dict[str, object], usd: str, tmp_path: Path
) -> None:
    """gpt-5 at 1.25 and 10: 1000 x 1.25 + 100 x 10 = 2,250 per million; a batch costs half of it."""
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    body = {**REPLY, "id": "chatcmpl-1", "model": "gpt-5", "service_tier": "default", "usage": usage}
    path = write(tmp_path / "out.jsonl", {**row, "response": {"status_code": 200, "body": body}})
    (answer,) = read(path, "openai-pairs").answers
    price = load_book().price_at("openai", "gpt-5", utc("2025-11-28"))
    cost = attempt_cost(answer.attempt, price)
    assert isinstance(cost, Cost)
    assert cost.usd == Decimal(usd)
