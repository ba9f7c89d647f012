"""The most dollars that one attempt can cost; what it did cost is pricing.attempts.cost_of_attempt."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from harness.core.prices import CostUnknown
from harness.core.types import Endpoint, Sample, SamplingParams
from harness.pricing.book import PriceBook
from harness.pricing.budget import worst_case
from harness.providers.dialect_loader import unlimited_thinking


def max_attempt_cost(
    book: PriceBook, endpoint: Endpoint, sample: Sample, params: SamplingParams, at: datetime
) -> Decimal | CostUnknown:
    """The most dollars that one attempt at a sample can cost, sent at that instant with these settings."""
    if endpoint.gpu_cost is not None:  # the whole time it may take, with the server for itself
        hours = Decimal(repr(endpoint.limits.total_timeout_s)) / 3600
        return endpoint.gpu_cost.usd_per_hour * hours
    price = book.worst_price(endpoint.provider, endpoint.model, at)
    thinking = unlimited_thinking(endpoint, params)
    return worst_case(endpoint, prompt_bytes(sample), params.max_tokens, price, thinking_tokens=thinking)


def prompt_bytes(sample: Sample) -> int:
    """Bytes of a sample's prompt and system text in UTF-8."""
    return len(sample.prompt.encode()) + len((sample.system or "").encode())
