"""What the turns of a conversation add to an estimate: their number, and what is sent again in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from harness.core.conversations import ConversationRules
from harness.core.prices import CostUnknown
from harness.core.types import Endpoint, Sample, SamplingParams, Usage
from harness.pricing.book import PriceBook
from harness.pricing.exact import exact_sum
from harness.run.attempt_prices import max_request_cost, prompt_bytes

Chances: TypeAlias = tuple[float, ...]
ASSUMED_REPLY_TOKENS = 200
"""Of a message with feedback, or with the output of a command."""
ASSUMED_AGENT_STEPS_LOW, ASSUMED_AGENT_STEPS = 6, 2
"""Without any measurement an agent takes this part (1/n) of its steps."""


def assumed_chances(rules: ConversationRules | None) -> tuple[Chances, Chances]:
    """(low, expected) chances that each turn of a job is sent, of which nothing is measured: every other answer fails;
    an agent takes a part of its steps. Without rules there is one turn.
    """
    if rules is None:
        return (1.0,), (1.0,)
    if rules.agent is not None:
        few, many = (max(1, round(rules.max_turns / part)) for part in (ASSUMED_AGENT_STEPS_LOW, ASSUMED_AGENT_STEPS))
        return (1.0,) * few, (1.0,) * many
    return (1.0,), tuple(0.5**turn for turn in range(rules.max_turns))


def usage_of_turn(usage: Usage, turn: int) -> Usage:
    """The tokens of a turn, from 0, of a conversation whose first turn has this usage and whose answers are as long.

    All that was said is sent again. Nothing is taken as read from a cache.
    """
    prompt, answer = usage.prompt_tokens or 0, usage.completion_tokens or 0
    return replace(usage, prompt_tokens=prompt + turn * (answer + ASSUMED_REPLY_TOKENS))


def turns_words(rules: ConversationRules) -> str:
    """What is assumed of the turns, to end a basis with."""
    low, expected = map(sum, assumed_chances(rules))
    how = "half of the allowed steps" if rules.agent is not None else "every other answer fails"
    return f"; {low:g} to {expected:g} answers a job ({how})"


def max_conversation_cost(
    book: PriceBook,
    endpoint: Endpoint,
    sample: Sample,
    params: SamplingParams,
    rules: ConversationRules,
    now: datetime,
) -> Decimal | CostUnknown:
    """Dollars that the turns of one job cannot exceed: what is reserved before its first request."""
    added = (params.max_tokens or 0) + rules.max_reply_bytes
    sizes = (prompt_bytes(sample) + turn * added for turn in range(rules.max_turns))
    costs = [max_request_cost(book, endpoint, size, params, now) for size in sizes]
    unknown = [cost for cost in costs if isinstance(cost, CostUnknown)]
    if unknown:
        return unknown[0]
    known = [cost for cost in costs if isinstance(cost, Decimal)]
    whole = exact_sum(known)
    return whole if rules.max_usd is None else max(min(whole, rules.max_usd), known[0])
