"""The most dollars that one attempt can cost; what it did cost is pricing.attempts.cost_of_attempt."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal

from harness.core.conversations import ConversationRules
from harness.core.prices import CostUnknown
from harness.core.types import Endpoint, Job, Sample, SamplingParams
from harness.pricing.book import PriceBook
from harness.pricing.worst_case import worst_case
from harness.providers.dialect_loader import unlimited_thinking

MINUTE = timedelta(minutes=1)
TOOL_TEMPLATE_BYTES = 1024
"""Tokens that a provider's own text on tools may add to a prompt.

Chosen to be above the few hundred that Anthropic's page "Tool use" names for its models.
"""


def max_attempt_cost(
    book: PriceBook, endpoint: Endpoint, sample: Sample, params: SamplingParams, at: datetime
) -> Decimal | CostUnknown:
    """The most dollars that one attempt at a sample can cost, sent at that instant with these settings."""
    return max_request_cost(book, endpoint, prompt_bytes(sample), params, at)


def max_request_cost(
    book: PriceBook, endpoint: Endpoint, size: int, params: SamplingParams, at: datetime
) -> Decimal | CostUnknown:
    """The most dollars that one request of `size` bytes can cost, sent at that instant with these settings."""
    if endpoint.gpu_cost is not None:  # the whole time it may take, with the server for itself
        hours = Decimal(repr(endpoint.limits.total_timeout_s)) / 3600
        return endpoint.gpu_cost.usd_per_hour * hours
    price = book.worst_price(endpoint.provider, endpoint.model, at)
    thinking = unlimited_thinking(endpoint, params)
    return worst_case(endpoint, size, params.max_tokens, price, thinking_tokens=thinking)


def prompt_bytes(sample: Sample) -> int:
    """Bytes of a sample's prompt, system text and tools in UTF-8; with tools, room for what providers add to them."""
    texts = len(sample.prompt.encode()) + len((sample.system or "").encode())
    if sample.tools is None:
        return texts
    tools = json.dumps([asdict(tool) for tool in sample.tools], ensure_ascii=False).encode()
    return texts + len(tools) + TOOL_TEMPLATE_BYTES


def request_bytes(job: Job) -> int:
    """Bytes of all that a request sends, the turns of a conversation included; no fewer than its prompt tokens.

    An answer that is sent back counts with its bytes or with the output limit, under which it was generated.
    """
    if not job.history:
        return prompt_bytes(job.sample)
    most = job.params.max_tokens
    answers = (len(turn.answer.encode()) for turn in job.history)
    capped = (size if most is None else min(size, most) for size in answers)
    return prompt_bytes(job.sample) + sum(capped) + sum(len(turn.reply.encode()) for turn in job.history)


class MaxCosts:
    """`max_attempt_cost` of the jobs of a run, worked out once a minute for prompts of the same length.

    Rows that start within a week are in a maximum already (PriceBook.worst_price), so one of this minute holds to its
    end.
    """

    def __init__(self, book: PriceBook) -> None:
        self._book = book
        self._until: datetime | None = None
        self._known: dict[Hashable, Decimal | CostUnknown] = {}

    def at(self, now: datetime, job: Job, *, added_bytes: int = 0) -> Decimal | CostUnknown:
        """The most dollars that one attempt at a job can cost, sent now, with so many bytes more than it has."""
        if self._until is None or not self._until - MINUTE <= now < self._until:
            self._until = now.replace(second=0, microsecond=0) + MINUTE
            self._known.clear()
        size = request_bytes(job) + added_bytes
        asked = (job.endpoint.label, size, job.params)
        known = self._known.get(asked)
        if known is None:
            known = max_request_cost(self._book, job.endpoint, size, job.params, now)
            self._known[asked] = known
        return known

    def of_turns(self, now: datetime, job: Job, rules: ConversationRules, *, first: int) -> list[Decimal] | None:
        """The most dollars of each turn that may follow, with one attempt; None where one has no maximum.

        `first`: how many turns were answered that are not in the job's history.
        """
        # What one turn adds to the next request: an answer, as long as it may get, and a reply.
        per_turn = (job.params.max_tokens or 0) + rules.max_reply_bytes
        left = rules.max_turns - len(job.history)
        costs = [self.at(now, job, added_bytes=turn * per_turn) for turn in range(first, left)]
        known = [cost for cost in costs if isinstance(cost, Decimal)]
        return known if len(known) == len(costs) else None
