"""What an attempt and a call cost: a bill from usage and price, an upper bound, or the reason why it is unknown.

Covers what an unreported or contradictory count means for the bill, failures that were or were not billed, and sums
over attempts. Does not cover which price row holds (pricing.book) nor the provider's own charge beside ours, except
for the part of our bill it compares with (`provider_usd`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown, Price, Rates
from harness.core.types import Attempt, Call, Completion, Failure, FailureKind, Usage
from harness.pricing.bill import (
    EXACT,
    FEE,
    TokenCharge,
    bill_lines,
    exact_sum,
    max_charges,
    max_prompt_tokens,
    output_charges,
    prompt_charges,
    total_cache_writes,
    totals,
)
from harness.pricing.book import PriceBook
from harness.pricing.rates import ApplicableRates, applicable_rates, max_rates, reasoning_rate

NEVER_BILLED = frozenset(
    {
        FailureKind.DNS,
        FailureKind.CONNECTION_FAILED,
        FailureKind.TLS,
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.STALE_CONNECTION,
        FailureKind.RATE_LIMITED,
        FailureKind.OVERLOADED,
        FailureKind.PAYMENT_REQUIRED,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.UNAUTHORIZED,
        FailureKind.NOT_FOUND,
        FailureKind.BAD_REQUEST,
        FailureKind.CONTEXT_LENGTH_EXCEEDED,
        FailureKind.REDIRECTED,
    }
)
"""Refused or never delivered: no provider bills these, unless text had already come."""

POSSIBLY_BILLED_STATUSES = frozenset({408, 499, 504, 524})
"""Statuses by which something between us and the model gave up waiting; Moonshot says a 499 may still be billed."""

QUICK_REFUSAL_S = 60.0
"""A later server error may come after the model's work: DashScope ends a long answer at 300 s with a 500."""

NO_PRICE_ROW = "none"


def cost_of(
    usage: Usage | None,
    price: Price | CostUnknown,
    *,
    at: datetime,
    service_tier: str | None = None,
    is_thinking: bool | None = None,
) -> Cost | CostUnknown:
    """The bill of one attempt that started `at`.

    `service_tier` is the tier that served it (the reply's word before the request's). `is_thinking`: whether the model
    thought, None where that is not known; it matters only where thinking output has its own rate. An upper bound
    (`is_upper_bound`, with a note) where cached tokens are not reported or have no published rate, where thinking is in
    doubt, or where the usage contradicts itself. CostUnknown where a count it needs is missing, where tokens
    have another price, and where charges stand beside them (its `known_usd` is then the bill of the tokens).
    """
    if isinstance(price, CostUnknown):
        return price
    missing = _missing(usage, price)
    if usage is None or missing is not None:
        return CostUnknown(reason=missing or "the provider reported no usage")
    unbilled = (*usage.tokens_at_other_rates, *usage.non_token_charges)
    if unbilled:
        problems = tuple(problem for problem in usage.problems if problem not in unbilled)
        tokens = replace(usage, problems=problems, tokens_at_other_rates=(), non_token_charges=())
        known = cost_of(tokens, price, at=at, service_tier=service_tier, is_thinking=is_thinking)
        if isinstance(known, CostUnknown):
            return replace(known, reason="; ".join((*unbilled, known.reason)))
        return CostUnknown(
            reason="; ".join(unbilled), known_usd=Decimal(0) if usage.tokens_at_other_rates else known.usd
        )
    contradictions = (*usage.problems, *_contradictions(usage))
    assert usage.prompt_tokens is not None
    held = applicable_rates(price, at=at, prompt_tokens=usage.prompt_tokens, service_tier=service_tier)
    if isinstance(held, CostUnknown):
        return held
    if contradictions:
        dearest = max_rates(price, prompt_tokens=max_prompt_tokens(usage), service_tier=service_tier)
        note = f"usage contradicts itself ({'; '.join(dict.fromkeys(contradictions))}): billed at the dearest reading"
        return _cost(max_charges(usage, dearest), price, notes=[*_price_row_caveats(price), note], is_upper_bound=True)
    cost = _consistent_cost(usage, price, held, is_thinking=is_thinking)
    return replace(cost, notes=(*_retirement(price, at), *_price_row_caveats(price), *cost.notes))


def attempt_cost(
    attempt: Attempt,
    price: Price | CostUnknown,
    *,
    service_tier: str | None = None,
    is_thinking: bool | None = None,
) -> Cost | CostUnknown:
    """The bill of an attempt, answered or failed; `price` is the row in force when it started.

    The reply's service tier goes before `service_tier`, which is the one asked for; reasoning text in the reply goes
    before `is_thinking`. A failure with usage is billed like an answer. Without usage it costs 0 where no provider
    bills its kind (never sent, refused, a quick server error) and is unknown where the model may have worked.
    """
    at = attempt.timing.started_at
    if isinstance(attempt, Completion):
        thinks = True if attempt.reasoning else is_thinking
        return cost_of(
            attempt.usage, price, at=at, service_tier=attempt.service_tier or service_tier, is_thinking=thinks
        )
    if attempt.usage is not None:
        return cost_of(attempt.usage, price, at=at, service_tier=service_tier, is_thinking=is_thinking)
    if is_unbilled(attempt):
        row = NO_PRICE_ROW if isinstance(price, CostUnknown) else price.id
        return Cost(usd=Decimal(0), lines=(), price_id=row, notes=(f"not billed: {attempt.kind.value}",))
    return CostUnknown(reason=f"{attempt.kind.value} without usage: the provider may have billed what was generated")


def is_unbilled(failure: Failure) -> bool:
    """Whether a failure without usage was certainly not billed.

    True where nothing was sent, where the request was refused (`NEVER_BILLED`), where a filter refused it with a 4xx,
    and for a server error within a minute. False wherever text had come, the stream broke, we gave up waiting, a
    gateway did, or a provider was overloaded after it had accepted the request (inside a 200): then the model may have
    worked, hidden thinking included, and been billed.
    """
    if not failure.was_sent:
        return True
    if failure.partial_text or failure.timing.text_chunks:  # chunks count reasoning too, which is no partial text
        return False
    status = failure.http_status or 0
    if failure.kind is FailureKind.OVERLOADED and 200 <= status < 300:
        return False
    if failure.kind in NEVER_BILLED:
        return status not in POSSIBLY_BILLED_STATUSES
    if failure.kind is FailureKind.CONTENT_FILTERED:
        return 400 <= status < 500 and status not in POSSIBLY_BILLED_STATUSES
    if failure.kind is FailureKind.SERVER_ERROR:
        return status >= 500 and status not in POSSIBLY_BILLED_STATUSES and failure.timing.total_s < QUICK_REFUSAL_S
    return False


def sum_costs(costs: Iterable[Cost | CostUnknown]) -> Cost | CostUnknown:
    """The sum, its lines one after another; unknown as soon as one part is, with what the known parts come to.

    The sum of nothing is 0. Where the parts have different currencies the sum's `amount` is in dollars.
    """
    parts = list(costs)
    known = [part for part in parts if isinstance(part, Cost)]
    unknown = [part.reason for part in parts if isinstance(part, CostUnknown)]
    usd = exact_sum(part.usd for part in known)
    if unknown:
        nested = exact_sum(part.known_usd for part in parts if isinstance(part, CostUnknown))
        return CostUnknown(reason="; ".join(dict.fromkeys(unknown)), known_usd=EXACT.add(usd, nested))
    if len(known) == 1:
        return known[0]
    billed = [part for part in known if part.lines]
    currencies = {part.currency for part in billed}
    currency = currencies.pop() if len(currencies) == 1 else "USD"
    return Cost(
        usd=usd,
        lines=tuple(line for part in known for line in part.lines),
        price_id=" + ".join(dict.fromkeys(part.price_id for part in billed or known)) or NO_PRICE_ROW,
        currency=currency,
        amount=usd if currency == "USD" else exact_sum(part.amount for part in billed),
        is_upper_bound=any(part.is_upper_bound for part in known),
        notes=tuple(dict.fromkeys(note for part in known for note in part.notes)),
    )


def call_cost(
    call: Call,
    book: PriceBook,
    *,
    service_tier: str | None = None,
    is_thinking: bool | None = None,
) -> tuple[Cost | CostUnknown, Cost | CostUnknown | None]:
    """Dollars as (spent on all attempts, of the accepted answer); the second is None where the job failed.

    Each attempt is billed at the row in force when it started. `service_tier` and `is_thinking` are what was asked for;
    the call's own `params.thinking` goes before `is_thinking`.
    """
    provider, _, model = call.name.partition("/")
    thinks = is_thinking if call.params.thinking is None else call.params.thinking
    costs = [
        attempt_cost(
            attempt,
            book.price_at(provider, model, attempt.timing.started_at),
            service_tier=service_tier,
            is_thinking=thinks,
        )
        for attempt in call.attempts
    ]
    return sum_costs(costs), None if call.accepted is None else costs[-1]


def usd_without_fees(cost: Cost) -> Decimal:
    """The dollars a provider's own charge compares with: the bill without the fee on buying its credits."""
    return exact_sum(line.usd for line in cost.lines if line.what != FEE)


def _missing(usage: Usage | None, price: Price) -> str | None:
    """Why no bill can be made, or None."""
    if usage is None:
        return "the provider reported no usage"
    absent = [
        name
        for name, count in (("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens))
        if count is None
    ]
    if absent:
        problems = f" ({'; '.join(usage.problems)})" if usage.problems else ""
        return f"{' and '.join(absent)} tokens were not reported{problems}"
    if price.currency != "USD" and price.exchange is None:
        return f"{price.id} is in {price.currency} and no exchange rate of that day or before is known"
    return None


def _contradictions(usage: Usage) -> tuple[str, ...]:
    """What cannot be so in a usage with both totals; the counts are tokens."""
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    cached, written, reasoning = usage.cached_tokens or 0, total_cache_writes(usage), usage.reasoning_tokens or 0
    in_cache = max(cached, written) if usage.cache_counts_overlap else cached + written
    found = []
    if in_cache > prompt:
        found.append(f"{in_cache} cached and written of {prompt} prompt tokens")
    if reasoning > completion:
        found.append(f"{reasoning} reasoning of {completion} completion tokens")
    if usage.cache_write_tokens is not None and (usage.cache_write_1h_tokens or 0) > usage.cache_write_tokens:
        found.append(f"{usage.cache_write_1h_tokens} one-hour of {usage.cache_write_tokens} written tokens")
    return tuple(found)


def _retirement(price: Price, at: datetime) -> tuple[str, ...]:
    if price.retired_on is None or at.date() < price.retired_on:
        return ()
    return (f"{price.model} was retired on {price.retired_on}: another may have answered, at another price",)


def _price_row_caveats(price: Price) -> tuple[str, ...]:
    return (f"price row of low confidence: {price.notes or price.basis}",) if price.confidence == "low" else ()


def _consistent_cost(usage: Usage, price: Price, held: ApplicableRates, *, is_thinking: bool | None) -> Cost:
    doubts = [
        *_cache_caveats(usage, held.rates, price),
        *_reasoning_caveats(usage, held.rates, is_thinking=is_thinking),
    ]
    notes = [*held.why, *_remarks(usage, held.rates), *doubts]
    rate = _output_rate(usage, held.rates, is_thinking=is_thinking)
    charges = [*prompt_charges(usage, held.rates), *output_charges(usage, rate)]
    return _cost(charges, price, notes=notes, is_upper_bound=bool(doubts))


def _output_rate(usage: Usage, rates: Rates, *, is_thinking: bool | None) -> Decimal:
    if _used_reasoning(usage, is_thinking=is_thinking) is None:
        return max(rates.completion, reasoning_rate(rates))
    return reasoning_rate(rates) if _used_reasoning(usage, is_thinking=is_thinking) else rates.completion


def _used_reasoning(usage: Usage, *, is_thinking: bool | None) -> bool | None:
    """Reported reasoning tokens are proof; a reported zero says no more than the setting does."""
    if usage.reasoning_tokens:
        return True
    if is_thinking is None and usage.reasoning_tokens == 0:
        return False
    return is_thinking


def _reasoning_caveats(usage: Usage, rates: Rates, *, is_thinking: bool | None) -> list[str]:
    if rates.thinking_completion in (None, rates.completion) or not usage.completion_tokens:
        return []
    if _used_reasoning(usage, is_thinking=is_thinking) is not None:
        return []
    return ["whether the model thought is not known: output billed at the higher rate"]


def _cache_caveats(usage: Usage, rates: Rates, price: Price) -> list[str]:
    doubts = []
    prompt_tokens, shortest_cached = usage.prompt_tokens or 0, max(1, price.cache_from_tokens or 1)
    has_discount = rates.cached is not None and rates.cached < rates.prompt and not price.explicit_caching_only
    if usage.cached_tokens is None and has_discount and prompt_tokens >= shortest_cached:
        doubts.append("cached tokens were not reported: the whole prompt billed as uncached")
    if usage.cached_tokens and rates.cached is None and rates.prompt:
        doubts.append(f"no published rate for cached tokens: {usage.cached_tokens} billed at the prompt rate")
    if usage.cache_counts_overlap and usage.cached_tokens and total_cache_writes(usage):
        doubts.append("cache reads and writes count the same tokens: billed once at the dearer rate")
    return doubts


def _remarks(usage: Usage, rates: Rates) -> list[str]:
    remarks = []
    if total_cache_writes(usage) and rates.cache_write is None:
        remarks.append(f"no separate rate for cache writes: {total_cache_writes(usage)} billed at the prompt rate")
    if usage.cache_write_1h_tokens and rates.cache_write is not None and rates.cache_write_1h is None:
        remarks.append(f"no separate rate for one-hour cache writes: {usage.cache_write_1h_tokens} at the 5 min rate")
    if usage.split_by_documented_rule:
        remarks.append("no total was reported to check the counts: read by the provider's documented rule")
    return remarks


def _cost(charges: Iterable[TokenCharge], price: Price, *, notes: Iterable[str], is_upper_bound: bool) -> Cost:
    lines = bill_lines(charges, price)
    amount, usd = totals(lines)
    exchange = price.exchange
    converted = [f"{exchange.per_usd:f} {exchange.currency} per USD of {exchange.on}"] if exchange is not None else []
    return Cost(
        usd=usd,
        lines=lines,
        price_id=price.id,
        currency=price.currency,
        amount=amount,
        is_upper_bound=is_upper_bound,
        notes=(*notes, *converted),
    )
