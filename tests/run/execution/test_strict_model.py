"""Under `--strict-model` an answer by another model is a failure that keeps what was paid for."""

from __future__ import annotations

from dataclasses import replace

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Endpoint, Failure, FailureKind, SamplingParams, Usage
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import load_book
from harness.run.execution.strict_model import require_requested_model
from tests.pricing.prices import answer

ENDPOINT = Endpoint(
    label="openai/gpt-5",
    provider="openai",
    model="gpt-5",
    model_id="gpt-5",
    base_url="http://n.invalid",
    dialect="openai",
)
USAGE = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0)


def test_the_requested_models_answer_is_left_alone() -> None:
    attempt = replace(answer(USAGE), served_model="gpt-5-2025-08-07")
    assert require_requested_model(attempt, ENDPOINT, load_book()) is attempt


def test_another_models_answer_is_a_failure_with_its_text_and_its_bill() -> None:
    book = load_book()
    attempt = replace(answer(USAGE), served_model="gpt-5-mini")
    found = require_requested_model(attempt, ENDPOINT, book)
    assert isinstance(found, Failure)
    assert (found.kind, found.is_retryable, found.partial_text) == (FailureKind.OTHER_MODEL, False, attempt.text)
    assert "gpt-5-mini answered instead of gpt-5" in found.message
    billed = cost_of_attempt(book, ENDPOINT, SamplingParams(), attempt)
    refused = cost_of_attempt(book, ENDPOINT, SamplingParams(), found)
    assert isinstance(billed, Cost)
    assert isinstance(refused, Cost)
    assert refused.usd == billed.usd > 0


def test_an_answer_by_another_host_costs_as_a_failure_what_it_cost_as_an_answer() -> None:
    """A failure has no host of its own: billed as the requested model's at its own host, its dollars were made up."""
    book = load_book()
    routed = replace(ENDPOINT, extra_body={"provider": {"only": ["openai"]}})
    attempt = replace(answer(USAGE), served_model="gpt-5", served_by="Azure")
    found = require_requested_model(attempt, routed, book)
    assert isinstance(found, Failure)
    billed = cost_of_attempt(book, routed, SamplingParams(), attempt)
    assert isinstance(billed, CostUnknown)
    assert cost_of_attempt(book, routed, SamplingParams(), found) == billed


def test_a_failure_stays_what_it_is() -> None:
    failure = require_requested_model(replace(answer(USAGE), served_model="gpt-5-mini"), ENDPOINT, load_book())
    assert require_requested_model(failure, ENDPOINT, load_book()) is failure
