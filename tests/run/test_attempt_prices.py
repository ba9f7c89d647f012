"""The most that one attempt can cost, from an endpoint as its dialect limits it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.clock import utc
from harness.core.labels import Effort
from harness.core.types import Endpoint, Job, Sample, SamplingParams, Tool
from harness.pricing.book import load_book
from harness.run.attempt_prices import TOOL_TEMPLATE_BYTES, MaxCosts, max_attempt_cost, prompt_bytes
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


CHEAP_THEN_DEAR = load_book(
    own=[
        row(rates("0", "1"), end="2025-11-15T12:00:30Z"),
        row(rates("0", "5"), start="2025-11-15T12:00:30Z"),
        row(rates("0", "9"), start="2025-11-22T12:00:50Z"),
    ]
)


def job(*, max_tokens: int = 1_000_000, prompt: str = SAMPLE.prompt) -> Job:
    sample, params = replace(SAMPLE, prompt=prompt), SamplingParams(max_tokens=max_tokens)
    endpoint = replace(THINKER, dialect="generic", traits=frozenset(), context_tokens=None)
    return Job(
        key="k", endpoint=endpoint, task="t", task_version=1, grader="math", sample=sample, repeat=0, params=params
    )


def test_bound_of_a_minute_holds_for_a_row_that_starts_within_it() -> None:
    costs = MaxCosts(CHEAP_THEN_DEAR)
    assert costs.at(utc("2025-11-15T12:00:10Z"), job()) == 5  # dollars: a million tokens at the next row's rate
    assert costs.at(utc("2025-11-15T12:00:40Z"), job()) == 5


def test_bound_is_worked_out_anew_in_the_next_minute_and_for_another_request() -> None:
    costs = MaxCosts(CHEAP_THEN_DEAR)
    assert costs.at(utc("2025-11-15T12:00:40Z"), job()) == 5
    assert costs.at(utc("2025-11-15T12:01:00Z"), job()) == 9  # the row of a week later has come into view
    assert costs.at(utc("2025-11-15T12:01:01Z"), job(max_tokens=500_000)) == Decimal("4.5")


def test_tools_are_part_of_the_prompt_that_is_paid() -> None:
    plain = Sample(id="s", prompt="né?", target="1", system="Be brief.")
    tool = Tool(name="f", description="d", parameters={"type": "object"})
    # [{"name": "f", "description": "d", "parameters": {"type": "object"}}] has 69 bytes
    assert prompt_bytes(plain) == 4 + 9
    assert prompt_bytes(replace(plain, tools=(tool,))) == 4 + 9 + 69 + TOOL_TEMPLATE_BYTES
