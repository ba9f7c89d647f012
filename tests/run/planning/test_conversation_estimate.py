"""What the turns of a conversation add to an estimate; every figure is worked by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core.conversations import ConversationRules, agent_rules, feedback_rules
from harness.core.prices import Rates, Tier
from harness.core.types import Sample, SamplingParams, Usage
from harness.mock.testing import price_of
from harness.pricing.book import load_book
from harness.run.planning.conversation_estimate import (
    assumed_chances,
    max_conversation_cost,
    turns_words,
    usage_of_turn,
)
from harness.run.planning.estimate import estimate
from harness.run.planning.measured_tokens import MeasuredTokens
from harness.run.planning.plan import Plan, PlannedTask
from tests.run.scripted_run import Model
from tests.virtual_time import EPOCH

TWO_ROUNDS = feedback_rules(2)
AGENT = agent_rules(version="2.4.6", max_turns=30, max_usd=None)


def planned(rules: ConversationRules | None) -> Plan:
    task = PlannedTask(
        name="t", version=1, grader="math", max_tokens=100, samples=(Sample(id="1", prompt="p", target="t"),)
    )
    return Plan(
        endpoints=(Model(name="m").endpoint(),),
        tasks=(task,),
        repeats=1,
        params=SamplingParams(max_tokens=100),
        seed=0,
        conversation=rules,
    )


def test_every_other_answer_is_taken_to_fail_and_an_agent_to_take_half_its_steps() -> None:
    assert TWO_ROUNDS is not None
    assert assumed_chances(TWO_ROUNDS) == ((1.0,), (1.0, 0.5, 0.25))
    assert assumed_chances(AGENT) == ((1.0,) * 5, (1.0,) * 15)
    assert turns_words(TWO_ROUNDS) == "; 1 to 1.75 answers a job (every other answer fails)"


def test_all_that_was_said_is_sent_again_in_each_turn() -> None:
    first = Usage(prompt_tokens=100, completion_tokens=50)
    # prompts 100, 100 + 250, 100 + 500: an answer of 50 and a reply of 200 each
    assert [usage_of_turn(first, turn).prompt_tokens for turn in range(3)] == [100, 350, 600]
    assert {usage_of_turn(first, turn).completion_tokens for turn in range(3)} == {50}


def test_turns_that_nobody_measured_are_priced_one_by_one_with_their_chances() -> None:
    assert TWO_ROUNDS is not None
    long = Tier(above_prompt_tokens=300, rates=Rates(prompt=Decimal(3), completion=Decimal(3)))
    book = load_book(own=(replace(price_of("m", prompt="1", completion="1"), tiers=(long,)),))
    (found,) = estimate(planned(TWO_ROUNDS), book, [], now=EPOCH)
    # prompts of 16, 16 + 233 and 16 + 2 x 233 tokens (of which 200 a reply), 33 output tokens, the last above the tier
    turns = [16 + 33, 249 + 33, 3 * (482 + 33)]
    assert found.expected == (turns[0] + turns[1] * Decimal("0.5") + turns[2] * Decimal("0.25")) / 10**6
    assert found.low == Decimal(16 + 3) / 10**6


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


def test_each_measured_turn_has_an_output_limit_and_a_length_tier_of_its_own() -> None:
    long = Tier(above_prompt_tokens=350, rates=Rates(prompt=Decimal(2), completion=Decimal(2)))
    book = load_book(own=(replace(price_of("m", prompt="1", completion="1"), tiers=(long,)),))
    turns = Usage(prompt_tokens=100, completion_tokens=80), Usage(prompt_tokens=300, completion_tokens=90)
    measured = MeasuredTokens(
        run="r", label="sim/m", task="t", simulated=False, thinks=None, conversation=TWO_ROUNDS, answers=[turns]
    )
    (found,) = estimate(planned(TWO_ROUNDS), book, [measured], now=EPOCH)
    # all at $1 per million: 170 output tokens stay above one turn's limit of 100, no prompt is above 350 tokens
    assert found.expected == Decimal(100 + 80 + 300 + 90) / 10**6
