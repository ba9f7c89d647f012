"""What the turns of a conversation add to an estimate; every figure is worked by hand."""

from __future__ import annotations

from decimal import Decimal

from harness.core.conversations import agent_rules, feedback_rules
from harness.core.types import Sample, SamplingParams, Usage
from harness.mock.testing import price_of
from harness.pricing.book import load_book
from harness.run.planning.conversation_estimate import (
    assumed_turns,
    max_conversation_cost,
    turns_words,
    usage_of_turns,
)
from tests.run.scripted_run import Model
from tests.virtual_time import EPOCH

TWO_ROUNDS = feedback_rules(2)
AGENT = agent_rules(version="2.4.6", max_turns=30, max_usd=None)


def test_every_other_answer_is_taken_to_fail_and_an_agent_to_take_half_its_steps() -> None:
    assert TWO_ROUNDS is not None
    assert assumed_turns(TWO_ROUNDS) == (1.0, 1.75)  # 1 + 1/2 + 1/4
    assert assumed_turns(AGENT) == (5.0, 15.0)
    assert turns_words(TWO_ROUNDS) == "; 1 to 1.75 answers a job (every other answer fails)"


def test_all_that_was_said_is_sent_again_in_each_turn() -> None:
    # prompts 100, 100 + 250, 100 + 500: an answer of 50 and a reply of 200 each
    assert usage_of_turns(Usage(prompt_tokens=100, completion_tokens=50), 3) == Usage(
        prompt_tokens=1050, completion_tokens=150
    )


def test_the_worst_case_is_that_of_all_turns_or_the_dollars_of_a_job() -> None:
    assert TWO_ROUNDS is not None
    endpoint = Model(name="m").endpoint()
    book = load_book(own=(price_of("m", prompt="1", completion="1"),))
    sample, params = Sample(id="1", prompt="p" * 10, target="t"), SamplingParams(max_tokens=100)
    found = max_conversation_cost(book, endpoint, sample, params, TWO_ROUNDS, EPOCH)
    # 3 x (10 bytes + 1024 of a template + 100 output), and 3 x (100 + 5000) bytes of earlier turns, at $1 per million
    assert found == Decimal(3 * (10 + 1024 + 100) + 3 * 5100) / 10**6
    capped = agent_rules(version="2", max_turns=30, max_usd=Decimal("0.01"))
    assert max_conversation_cost(book, endpoint, sample, params, capped, EPOCH) == Decimal("0.01")
