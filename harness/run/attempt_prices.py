"""Dollars of one attempt: what it cost, and the most that it can cost.

The one place where a run asks the price book about an attempt; the live display, the budget and a resumed run all use
it. It does not sum the attempts of a job (pricing.cost.call_cost, for reports).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Endpoint, Sample, SamplingParams
from harness.pricing.attempts import attempt_cost
from harness.pricing.book import PriceBook
from harness.pricing.budget import worst_case
from harness.providers.dialect_loader import unlimited_thinking


def cost_of_attempt(
    book: PriceBook, endpoint: Endpoint, params: SamplingParams, attempt: Attempt
) -> Cost | CostUnknown:
    """Dollars of an attempt at the price in force when it was sent."""
    price = book.price_at(endpoint.provider, endpoint.model, attempt.timing.started_at)
    reasons = endpoint.reasoning_enabled(params)
    return attempt_cost(attempt, price, service_tier=endpoint.service_tier, is_thinking=reasons)


def max_attempt_cost(
    book: PriceBook, endpoint: Endpoint, sample: Sample, params: SamplingParams, at: datetime
) -> Decimal | CostUnknown:
    """The most dollars that one attempt at a sample can cost, sent at that instant with these settings."""
    price = book.worst_price(endpoint.provider, endpoint.model, at)
    thinking = unlimited_thinking(endpoint, params)
    return worst_case(endpoint, prompt_bytes(sample), params.max_tokens, price, thinking_tokens=thinking)


def prompt_bytes(sample: Sample) -> int:
    """Bytes of a sample's prompt and system text in UTF-8."""
    return len(sample.prompt.encode()) + len((sample.system or "").encode())
