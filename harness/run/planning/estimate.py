"""What a run will cost before it is sent: low, expected and worst dollars of every model on every task.

Tokens come from the answers of earlier runs: of the same model on the task, else of the model at another effort, by a
published ratio, else of other models on it, else from assumptions that the estimate states. What a prompt cache serves
of a warm run is as it was measured in one, else worked out from the prompts. Worst is the maximum cost reserved for an
attempt, so it needs no measurement. Counts one attempt per job: retries are not in it. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from harness.core.conversations import ConversationRules
from harness.core.labels import Effort
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Endpoint, Sample, SamplingParams, Usage
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.exact import CONVERT, EXACT, exact_sum
from harness.run.attempt_prices import max_attempt_cost, prompt_bytes
from harness.run.planning.cache_estimate import cached_shares
from harness.run.planning.conversation_estimate import (
    Chances,
    assumed_chances,
    max_conversation_cost,
    turns_words,
    usage_of_turn,
)
from harness.run.planning.effort_tokens import effort_factor
from harness.run.planning.measured_tokens import MeasuredTokens, PlannedCacheUse, Turns, answers_to_go_by
from harness.run.planning.plan import Plan, PlannedTask, effective_params

LOW_SHARE = 0.1
"""Low takes every answer to be as cheap as the cheapest tenth of those measured."""

BYTES_PER_TOKEN = 4
"""Of English text, by OpenAI's rule of thumb ("What are tokens and how to count them"). An expectation and no bound:
the worst case takes a token for every byte (pricing.worst_case)."""
TEMPLATE_TOKENS = 16
"""What a chat template adds to one question: role markers and the start of the answer."""
ASSUMED_LOW, ASSUMED_EXPECTED, ASSUMED_THINKING = 32, 8, 3
"""Without any measurement an answer takes this part (1/n) of the task's output limit."""

Dollars: TypeAlias = Decimal | CostUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Dollars of one model on one task, for `jobs` answers. `basis` says in words where the tokens come from."""

    label: str
    task: str
    simulated: bool
    jobs: int
    low: Dollars
    expected: Dollars
    worst: Dollars
    basis: str


def estimate(plan: Plan, book: PriceBook, earlier: Sequence[MeasuredTokens], *, now: datetime) -> list[Estimate]:
    """One estimate per model and task, in the plan's order, at the prices in force now."""
    shares = cached_shares(plan) or {}
    earlier = [use for use in earlier if use.conversation == plan.conversation]  # others took other turns
    return [
        _estimate(endpoint, planned, plan, book, earlier, now, shares.get(planned.name))
        for endpoint in plan.endpoints
        for planned in plan.tasks
    ]


def known_usd(amount: Dollars) -> Decimal | None:
    """The dollars; None where they are unknown."""
    return None if isinstance(amount, CostUnknown) else amount


def sum_estimates(parts: Iterable[Dollars]) -> Dollars:
    """The sum; unknown as soon as one part is, with every reason once and what the known parts come to."""
    amounts = list(parts)
    known = exact_sum(one.known_usd if isinstance(one, CostUnknown) else one for one in amounts)
    unknown = dict.fromkeys(amount.reason for amount in amounts if isinstance(amount, CostUnknown))
    return CostUnknown(reason="; ".join(unknown), known_usd=known) if unknown else known


def _estimate(
    endpoint: Endpoint,
    planned: PlannedTask,
    plan: Plan,
    book: PriceBook,
    earlier: Sequence[MeasuredTokens],
    now: datetime,
    cached_share: float | None,
) -> Estimate:
    params = effective_params(plan.params, endpoint, planned.max_tokens)
    pricing = _AnswerPricer(endpoint=endpoint, params=params, book=book, now=now)
    jobs = len(planned.samples) * plan.repeats
    rules = plan.conversation
    worst = _times(sum_estimates(pricing.worst(sample, rules) for sample in planned.samples), plan.repeats)
    caching = PlannedCacheUse(mode=plan.cache, share=cached_share)
    answers, basis = answers_to_go_by(endpoint, planned, params, earlier, caching)
    if answers:
        costs = [pricing.answer(turns) for turns in answers]
        low, expected = _low(costs), _mean(costs)
        low, expected = _times(low, jobs), _times(expected, jobs)
    else:
        low, expected = _assumed_dollars(pricing, planned, rules, caching)
        low, expected = _times(low, plan.repeats), _times(expected, plan.repeats)
        basis = _assumption(endpoint, params) + ("" if rules is None else turns_words(rules)) + caching.words
    return Estimate(
        label=endpoint.label,
        task=planned.name,
        simulated=endpoint.simulated,
        jobs=jobs,
        # Measured prompts may be longer than the planned ones: an expectation above the worst case would contradict
        # itself.
        low=_at_most(low, worst),
        expected=_at_most(expected, worst),
        worst=worst,
        basis=basis,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _AnswerPricer:
    """What one answer of an endpoint costs under the settings it will be asked with."""

    endpoint: Endpoint
    params: SamplingParams
    book: PriceBook
    now: datetime

    def answer(self, turns: Turns) -> Dollars:
        """Dollars of an answer with these tokens; unknown where tokens are not what is billed."""
        return sum_estimates(map(self._turn, turns))

    def assumed(self, usage: Usage, chances: Chances, caching: PlannedCacheUse) -> Dollars:
        """Dollars of a job whose first turn has this usage and whose turns are sent with these chances."""
        turns = (self._turn(caching.of(usage_of_turn(usage, turn))) for turn in range(len(chances)))
        return sum_estimates(_times(usd, Decimal(chance)) for usd, chance in zip(turns, chances, strict=True))

    def _turn(self, usage: Usage) -> Dollars:
        if self.endpoint.gpu_cost is not None:
            return CostUnknown(
                reason=f"{self.endpoint.label} is billed by GPU time (cost:), not by tokens: measure it with "
                "harness run --limit; worst is every request at its full timeout with the server for itself"
            )
        price = self.book.price_at(self.endpoint.provider, self.endpoint.model, self.now)
        cost = cost_of(
            usage,
            price,
            at=self.now,
            service_tier=self.endpoint.service_tier,
            is_thinking=self.endpoint.reasoning_enabled(self.params),
        )
        return cost.usd if isinstance(cost, Cost) else cost

    def worst(self, sample: Sample, rules: ConversationRules | None) -> Dollars:
        """Dollars that one attempt at the sample, or all turns of its conversation, cannot exceed."""
        if rules is not None:
            return max_conversation_cost(self.book, self.endpoint, sample, self.params, rules, self.now)
        return max_attempt_cost(self.book, self.endpoint, sample, self.params, self.now)


def _assumed_dollars(
    pricing: _AnswerPricer, planned: PlannedTask, rules: ConversationRules | None, caching: PlannedCacheUse
) -> tuple[Dollars, Dollars]:
    """(low, expected) dollars of one answer to each sample, where nothing was measured."""
    assumed = [_assumed(sample, pricing.endpoint, pricing.params) for sample in planned.samples]
    few, many = assumed_chances(rules)
    return (
        sum_estimates(pricing.assumed(low, few, caching) for low, _ in assumed),
        sum_estimates(pricing.assumed(expected, many, caching) for _, expected in assumed),
    )


def _assumed(sample: Sample, endpoint: Endpoint, params: SamplingParams) -> tuple[Usage, Usage]:
    """(low, expected) tokens of a first answer that nobody has measured."""
    prompt = prompt_bytes(sample) // BYTES_PER_TOKEN + TEMPLATE_TOKENS
    low, expected = _assumed_output(endpoint, params)
    return (
        Usage(prompt_tokens=prompt, completion_tokens=low, cached_tokens=0),
        Usage(prompt_tokens=prompt, completion_tokens=expected, cached_tokens=0),
    )


def _assumed_output(endpoint: Endpoint, params: SamplingParams) -> tuple[int, int]:
    limit = params.max_tokens or 0
    part = ASSUMED_EXPECTED if endpoint.reasoning_enabled(params) is False else ASSUMED_THINKING
    low, expected = max(1, limit // ASSUMED_LOW), max(1, limit // part)
    factor = effort_factor(Effort.MEDIUM, params.effort)
    if factor is None:
        return low, expected
    return max(1, min(limit, round(low * factor))), max(1, min(limit, round(expected * factor)))


def _assumption(endpoint: Endpoint, params: SamplingParams) -> str:
    low, expected = _assumed_output(endpoint, params)
    thinks = endpoint.reasoning_enabled(params)
    how = "that reasons" if thinks else "that may reason" if thinks is None else "that does not reason"
    part = ASSUMED_EXPECTED if thinks is False else ASSUMED_THINKING
    factor = effort_factor(Effort.MEDIUM, params.effort)
    times = "" if factor is None else f", x {factor:.2g} for the effort by a published ratio"
    return (
        f"assumed, nothing measured: a model {how}, low {low} and expected {expected} output tokens "
        f"(1/{ASSUMED_LOW} and 1/{part} of the limit {params.max_tokens}{times}), "
        f"prompts at {BYTES_PER_TOKEN} bytes a token"
    )


def _low(costs: Sequence[Dollars]) -> Dollars:
    known = sorted(cost for cost in costs if isinstance(cost, Decimal))
    return known[int(LOW_SHARE * (len(known) - 1))] if len(known) == len(costs) else _unknown(costs)


def _mean(costs: Sequence[Dollars]) -> Dollars:
    summed = sum_estimates(costs)
    return _unknown(costs) if isinstance(summed, CostUnknown) else CONVERT.divide(summed, Decimal(len(costs)))


def _unknown(costs: Sequence[Dollars]) -> CostUnknown:
    """Why some answers have no price; nothing is known of the planned ones then."""
    return CostUnknown(reason="; ".join(dict.fromkeys(one.reason for one in costs if isinstance(one, CostUnknown))))


def _times(amount: Dollars, times: int | Decimal) -> Dollars:
    if isinstance(amount, CostUnknown):
        return replace(amount, known_usd=EXACT.multiply(amount.known_usd, Decimal(times)))
    return EXACT.multiply(amount, Decimal(times))


def _at_most(amount: Dollars, worst: Dollars) -> Dollars:
    """No answer costs more than its worst case, whatever longer prompts were measured."""
    return min(amount, worst) if isinstance(amount, Decimal) and isinstance(worst, Decimal) else amount
