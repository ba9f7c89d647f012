"""What a run will cost before it is sent: low, expected and worst dollars of every model on every task.

Tokens come from the answers of earlier runs: of the same model on the task, else of other models on it, else from
assumptions that the estimate states. Worst is the maximum cost reserved for an attempt, so it needs no measurement.
Counts one attempt per job: retries are not in it. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from harness.core.plurals import counted
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Call, Endpoint, Sample, SamplingParams, Usage
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.exact import CONVERT, EXACT, exact_sum
from harness.run.attempt_prices import max_attempt_cost, prompt_bytes
from harness.run.planning.plan import Plan, PlannedTask, effective_params
from harness.store.corrections import corrected, corrections
from harness.store.resume import calls
from harness.store.run_dir import RunDir

LOW_SHARE = 0.1
"""Low takes every answer to be as cheap as the cheapest tenth of those measured."""

KEPT_ANSWERS = 5000
"""Answers kept per run, model and task: enough for a mean, and memory stays flat."""

BYTES_PER_TOKEN = 4
TEMPLATE_TOKENS = 16
ASSUMED_LOW, ASSUMED_EXPECTED, ASSUMED_THINKING = 32, 8, 3
"""Without any measurement an answer takes this part (1/n) of the task's output limit."""

Dollars: TypeAlias = Decimal | CostUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredTokens:
    """The measured answers of one model on one task in one run. `thinks`: whether it reasoned, None where not known."""

    run: str
    label: str
    task: str
    simulated: bool
    thinks: bool | None
    answers: list[Usage] = field(default_factory=list)


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


def measured_tokens(run: RunDir) -> list[MeasuredTokens]:
    """Tokens of the accepted answers of an earlier run; contradictory or missing usage is left out.

    Raises LocalError for a run that cannot be read.
    """
    endpoints = {endpoint.label: endpoint for endpoint in run.manifest().endpoints}
    known = corrections(run)
    found: dict[tuple[str, str], MeasuredTokens] = {}
    for call in calls(run):
        usage = _usage_of(corrected(call, known))
        if usage is None:
            continue
        use = found.get((call.label, call.task))
        if use is None:
            thinks = endpoints[call.label].reasoning_enabled(call.params)
            use = MeasuredTokens(
                run=run.name, label=call.label, task=call.task, simulated=call.simulated, thinks=thinks
            )
            found[call.label, call.task] = use
        if len(use.answers) < KEPT_ANSWERS:
            use.answers.append(usage)
    return list(found.values())


def estimate(plan: Plan, book: PriceBook, earlier: Sequence[MeasuredTokens], *, now: datetime) -> list[Estimate]:
    """One estimate per model and task, in the plan's order, at the prices in force now."""
    return [
        _estimate(endpoint, planned, plan, book, earlier, now) for endpoint in plan.endpoints for planned in plan.tasks
    ]


def sum_estimates(parts: Iterable[Dollars]) -> Dollars:
    """The sum; unknown as soon as one part is, with every reason once and what the known parts come to."""
    amounts = list(parts)
    known = exact_sum(one.known_usd if isinstance(one, CostUnknown) else one for one in amounts)
    unknown = dict.fromkeys(amount.reason for amount in amounts if isinstance(amount, CostUnknown))
    return CostUnknown(reason="; ".join(unknown), known_usd=known) if unknown else known


def _usage_of(call: Call) -> Usage | None:
    usage = None if call.accepted is None else call.accepted.usage
    if usage is None or usage.problems or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return usage


def _estimate(
    endpoint: Endpoint,
    planned: PlannedTask,
    plan: Plan,
    book: PriceBook,
    earlier: Sequence[MeasuredTokens],
    now: datetime,
) -> Estimate:
    params = effective_params(plan.params, endpoint, planned.max_tokens)
    pricing = _AnswerPricer(endpoint=endpoint, params=params, book=book, now=now)
    jobs = len(planned.samples) * plan.repeats
    worst = _times(sum_estimates(pricing.worst(sample) for sample in planned.samples), plan.repeats)
    answers, basis = _answers(endpoint, planned, params, earlier)
    if answers:
        costs = [pricing.answer(usage) for usage in answers]
        low, expected = _low(costs), _mean(costs)
        low, expected = _times(low, jobs), _times(expected, jobs)
    else:
        assumed = [_assumed(sample, endpoint, params) for sample in planned.samples]
        low = _times(sum_estimates(pricing.answer(usage) for usage, _ in assumed), plan.repeats)
        expected = _times(sum_estimates(pricing.answer(usage) for _, usage in assumed), plan.repeats)
        basis = _assumption(endpoint, params)
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

    def answer(self, usage: Usage) -> Dollars:
        """Dollars of an answer with these tokens; unknown where tokens are not what is billed."""
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

    def worst(self, sample: Sample) -> Dollars:
        """Dollars that one attempt at the sample cannot exceed."""
        return max_attempt_cost(self.book, self.endpoint, sample, self.params, self.now)


def _answers(
    endpoint: Endpoint, planned: PlannedTask, params: SamplingParams, earlier: Sequence[MeasuredTokens]
) -> tuple[list[Usage], str]:
    """The measured answers to go by, and where they are from; simulated models say nothing of real ones."""
    of_task = [use for use in earlier if use.task == planned.name and use.simulated == endpoint.simulated]
    same = [use for use in of_task if use.label == endpoint.label]
    if same:
        answers = [_capped(usage, params) for use in same for usage in use.answers]
        return answers, f"{counted(len(answers), 'answer')} of this model in {_names(same)}"
    thinks = bool(
        endpoint.reasoning_enabled(params)
    )  # a model of which that is not known says nothing of one that does
    others = [use for use in of_task if bool(use.thinks) == thinks]
    # Another model's cache hits depend on its provider: taken over, they would make the estimate too low.
    answers = [_without_cache(_capped(usage, params)) for use in others for usage in use.answers]
    labels = ", ".join(dict.fromkeys(use.label for use in others))
    return (
        answers,
        f"{counted(len(answers), 'answer')} of other models ({labels}) in {_names(others)}, taken as uncached",
    )


def _names(uses: Sequence[MeasuredTokens]) -> str:
    runs = list(dict.fromkeys(use.run for use in uses))
    return ", ".join(runs) if len(runs) <= 3 else f"{len(runs)} runs"


def _capped(usage: Usage, params: SamplingParams) -> Usage:
    """The usage under the output limit of the planned run."""
    limit, completion = params.max_tokens, usage.completion_tokens or 0
    if limit is None or completion <= limit:
        return usage
    reasoning = None if usage.reasoning_tokens is None else min(usage.reasoning_tokens, limit)
    return replace(usage, completion_tokens=limit, reasoning_tokens=reasoning)


def _without_cache(usage: Usage) -> Usage:
    return Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens, cached_tokens=0)


def _assumed(sample: Sample, endpoint: Endpoint, params: SamplingParams) -> tuple[Usage, Usage]:
    """(low, expected) tokens of an answer nobody has measured."""
    prompt = prompt_bytes(sample) // BYTES_PER_TOKEN + TEMPLATE_TOKENS
    low, expected = _assumed_output(endpoint, params)
    return (
        Usage(prompt_tokens=prompt, completion_tokens=low, cached_tokens=0),
        Usage(prompt_tokens=prompt, completion_tokens=expected, cached_tokens=0),
    )


def _assumed_output(endpoint: Endpoint, params: SamplingParams) -> tuple[int, int]:
    limit = params.max_tokens or 0
    part = ASSUMED_EXPECTED if endpoint.reasoning_enabled(params) is False else ASSUMED_THINKING
    return max(1, limit // ASSUMED_LOW), max(1, limit // part)


def _assumption(endpoint: Endpoint, params: SamplingParams) -> str:
    low, expected = _assumed_output(endpoint, params)
    thinks = endpoint.reasoning_enabled(params)
    how = "thinking" if thinks else "which may think" if thinks is None else "not thinking"
    part = ASSUMED_EXPECTED if thinks is False else ASSUMED_THINKING
    return (
        f"assumed, nothing measured: a model {how}, low {low} and expected {expected} output tokens "
        f"(1/{ASSUMED_LOW} and 1/{part} of the limit {params.max_tokens}), prompts at {BYTES_PER_TOKEN} bytes a token"
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


def _times(amount: Dollars, times: int) -> Dollars:
    if isinstance(amount, CostUnknown):
        return replace(amount, known_usd=EXACT.multiply(amount.known_usd, Decimal(times)))
    return EXACT.multiply(amount, Decimal(times))


def _at_most(amount: Dollars, worst: Dollars) -> Dollars:
    """No answer costs more than its worst case, whatever longer prompts were measured."""
    return min(amount, worst) if isinstance(amount, Decimal) and isinstance(worst, Decimal) else amount
