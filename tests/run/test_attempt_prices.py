"""The most that one attempt can cost, from an endpoint as its dialect limits it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.clock import utc
from harness.core.labels import Effort
from harness.core.types import Endpoint, Sample, SamplingParams
from harness.pricing.book import load_book
from harness.run.attempt_prices import max_attempt_cost
from tests.pricing.prices import rates, row

AT = utc("2025-11-15T12:00Z")
BOOK = load_book(own=[row(rates("0", "1", thinking="4"))])
SAMPLE = Sample(id="1", prompt="6 * 7?", target="42")
THINKER = Endpoint(
    label="acme/thing",
    provider="acme",
    model="thing",
    model_id="thing",
    base_url="http://127.0.0.1:1/v1",
    dialect="dashscope",
    traits=frozenset({"thinking_optional"}),
    context_tokens=131072,
)


@pytest.mark.parametrize(
    ("params", "output_tokens"),
    [
        (SamplingParams(effort=Effort.HIGH), 30000 + 24576),  # the budget is on top of the answer's limit
        (SamplingParams(thinking=True), 131072),  # no budget is sent: all that the context holds
        (SamplingParams(), 30000),  # it does not think unasked
    ],
)
def test_thinking_that_the_limit_does_not_hold_is_in_the_bound(params: SamplingParams, output_tokens: int) -> None:
    params = replace(params, max_tokens=30000)
    bound = max_attempt_cost(BOOK, THINKER, SAMPLE, params, AT)
    assert bound == Decimal(output_tokens) * 4 / 1_000_000
