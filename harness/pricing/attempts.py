"""What attempts and calls cost: failures that were or were not billed, and sums over the attempts of a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import (
    Attempt,
    Call,
    Completion,
    Endpoint,
    Failure,
    FailureKind,
    FinishReason,
    SamplingParams,
)
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.exact import EXACT, exact_sum
from harness.pricing.gpu_time import unshared_cost
from harness.pricing.served import other_model, region_of

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

BATCH = "batch"
"""The service tier of answers that came in a batch."""

QUICK_REFUSAL_S = 60.0
"""A later server error may come after the model's work: DashScope ends a long answer at 300 s with a 500."""

NO_PRICE_ROW = "none"
"""Stands in place of a price row where an attempt was not billed, so that no row was needed."""
PUBLISHED = "published"
"""Stands in place of a price row where dollars are those of a published result."""


def cost_of_attempt(
    book: PriceBook, endpoint: Endpoint, params: SamplingParams, attempt: Attempt, *, is_thinking: bool | None = None
) -> Cost | CostUnknown:
    """Dollars of an attempt at the price in force when it was sent, of the model that answered.

    Where another model answered than the one asked for (pricing.served), its price applies, and without a price row of
    it the dollars are unknown. A self-hosted model's attempt costs its GPU time, unshared and so an upper bound
    (pricing.gpu_time). `is_thinking` overrides what the endpoint says of these settings.
    """
    if endpoint.gpu_cost is not None:
        return unshared_cost(endpoint.gpu_cost, attempt)
    if isinstance(attempt, Failure) and attempt.completion is not None:
        attempt = replace(attempt.completion, usage=attempt.usage)  # with its usage as it was last read
    at = attempt.timing.started_at
    if endpoint.imported and attempt.usage is None and attempt.reported_cost_usd is not None:
        return published_cost(attempt.reported_cost_usd)
    if at is None:
        return CostUnknown(reason="the day of the response is not known, so no price row can be chosen")
    thinks = endpoint.reasoning_enabled(params) if is_thinking is None else is_thinking
    region = region_of(attempt, endpoint)
    if region is not None and attempt.usage is not None:
        surcharges = (*attempt.usage.surcharges, f"the region {region} of Amazon Bedrock")
        attempt = replace(attempt, usage=replace(attempt.usage, surcharges=surcharges))
    # A gateway or an alias may pass the request to another model: its price counts, not that of the name asked for.
    instead = other_model(attempt, endpoint, book)
    if instead is None:
        price = book.price_at(endpoint.provider, endpoint.model, at)
        cost = attempt_cost(attempt, price, service_tier=endpoint.service_tier, is_thinking=thinks)
        return _at_most(cost, price, attempt) if endpoint.imported else cost
    price = book.price_at(endpoint.provider, instead, at)
    # whether another model reasons is not known from the settings of the one that was asked for
    cost = attempt_cost(attempt, price, service_tier=endpoint.service_tier, is_thinking=is_thinking)
    said = f"{instead} answered instead of {endpoint.model}"
    if isinstance(cost, CostUnknown):
        return replace(cost, reason=f"{said}: {cost.reason}")
    return replace(cost, notes=(f"{said}: billed at its price", *cost.notes))


def _at_most(cost: Cost | CostUnknown, price: Price | CostUnknown, attempt: Attempt) -> Cost | CostUnknown:
    """An imported bill, as an upper bound where a length tier holds only if one request had the whole prompt.

    Logs of agents (Inspect, ATIF) sum the tokens of all requests of a sample; a response of its own has an id.
    """
    is_one_request = attempt.request_id is not None
    if isinstance(cost, CostUnknown) or isinstance(price, CostUnknown) or attempt.usage is None or is_one_request:
        return cost
    shortest = min((tier.above_prompt_tokens for tier in price.tiers), default=None)
    if shortest is None or (attempt.usage.prompt_tokens or 0) <= shortest:
        return cost
    note = f"imported tokens may be those of several requests: at most this, if one had above {shortest} prompt tokens"
    return replace(cost, is_upper_bound=True, notes=(*cost.notes, note))


def published_cost(usd: Decimal) -> Cost:
    """The dollars that others published of an answer whose tokens they did not."""
    return Cost(usd=usd, lines=(), price_id=PUBLISHED, amount=usd, notes=("published dollars: no tokens to check",))


def attempt_cost(
    attempt: Attempt,
    price: Price | CostUnknown,
    *,
    service_tier: str | None = None,
    is_thinking: bool | None = None,
) -> Cost | CostUnknown:
    """The bill of an attempt, answered or failed; `price` is the row in force when it started.

    The response's service tier takes precedence over `service_tier`, the one asked for; reasoning text in the response
    over `is_thinking`. A failure with usage is billed like an answer. Without usage it costs 0 where no provider bills
    its kind (never sent, refused, a quick server error) and is unknown where the model may have worked.
    """
    tier = attempt.service_tier or service_tier
    at = attempt.timing.started_at
    if at is None:
        return CostUnknown(reason="the day of the response is not known, so no price row can be chosen")
    if isinstance(attempt, Completion):
        thinks = True if attempt.reasoning else is_thinking  # reasoning text is proof, whatever the setting was
        cost = cost_of(attempt.usage, price, at=at, service_tier=tier, is_thinking=thinks)
        return _refusal_cost(cost, price) if is_refused_before_output(attempt) else cost
    if attempt.usage is not None:
        return cost_of(attempt.usage, price, at=at, service_tier=tier, is_thinking=is_thinking)
    if is_unbilled(attempt):
        row = NO_PRICE_ROW if isinstance(price, CostUnknown) else price.id
        return Cost(usd=Decimal(0), lines=(), price_id=row, notes=(f"not billed: {attempt.kind.value}",))
    return CostUnknown(reason=f"{attempt.kind.value} without usage: the provider may have billed what was generated")


def is_refused_before_output(attempt: Completion) -> bool:
    """Whether the model or a filter declined before anything was generated, hidden reasoning included."""
    has_output = bool(attempt.text or attempt.reasoning or attempt.timing.text_chunks)
    tokens = None if attempt.usage is None else attempt.usage.completion_tokens
    return attempt.finish_reason is FinishReason.REFUSED and not has_output and tokens == 0


def _refusal_cost(cost: Cost | CostUnknown, price: Price | CostUnknown) -> Cost | CostUnknown:
    """A refusal before any output by the vendor's published rule; without one the prompt is an upper bound."""
    if isinstance(cost, CostUnknown) or isinstance(price, CostUnknown):
        return cost
    if price.refusals_unbilled:
        return Cost(
            usd=Decimal(0),
            lines=(),
            price_id=cost.price_id,
            currency=cost.currency,
            notes=(f"refused before any output, which is not billed: {price.refusals_unbilled}",),
        )
    note = "refused before any output: no published rule says whether the prompt is billed"
    return replace(cost, is_upper_bound=True, notes=(*cost.notes, note)) if cost.usd else cost


def is_unbilled(failure: Failure) -> bool:
    """Whether a failure without usage was certainly not billed.

    True where nothing was sent, where the request was refused (`NEVER_BILLED`), where a filter refused it with a 4xx,
    for a server error within a minute, and for a request of a batch that has no 2xx answer (OpenAI, "Batch API" and
    Anthropic, "Batch processing", as of 2026-11: errored, expired and cancelled requests are not billed). False
    wherever text had come, the stream broke, we gave up waiting, a gateway did, or a provider was overloaded after it
    had accepted the request (inside a 200): then the model may have worked, hidden thinking included, and been billed.
    """
    if not failure.was_sent:
        return True
    if failure.partial_text or failure.timing.text_chunks:  # chunks count reasoning too, which is no partial text
        return False
    status = failure.http_status or 0
    if failure.service_tier == BATCH and not 200 <= status < 300:
        return True
    if failure.kind is FailureKind.OVERLOADED and 200 <= status < 300:
        return False
    if failure.kind in NEVER_BILLED:
        return status not in POSSIBLY_BILLED_STATUSES
    if failure.kind is FailureKind.CONTENT_FILTERED:
        return 400 <= status < 500 and status not in POSSIBLY_BILLED_STATUSES
    if failure.kind is FailureKind.SERVER_ERROR:
        is_quick = failure.timing.total_s is not None and failure.timing.total_s < QUICK_REFUSAL_S
        return status >= 500 and status not in POSSIBLY_BILLED_STATUSES and is_quick
    return False


def sum_costs(costs: Iterable[Cost | CostUnknown]) -> Cost | CostUnknown:
    """The sum, its lines one after another; unknown as soon as one part is, with what the known parts come to.

    The sum of nothing is 0. Where the parts have different currencies the sum's `amount` is in dollars.
    """
    parts = list(costs)
    if len(parts) == 1 and isinstance(parts[0], Cost):
        return parts[0]
    known = [part for part in parts if isinstance(part, Cost)]
    unknown = [part.reason for part in parts if isinstance(part, CostUnknown)]
    usd = exact_sum(part.usd for part in known)
    if unknown:
        nested = exact_sum(part.known_usd for part in parts if isinstance(part, CostUnknown))
        return CostUnknown(reason="; ".join(dict.fromkeys(unknown)), known_usd=EXACT.add(usd, nested))
    # Attempts that cost nothing have no lines and state dollars; they must not decide the currency of the sum.
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


def call_cost(call: Call, book: PriceBook, endpoint: Endpoint) -> tuple[Cost | CostUnknown, Cost | CostUnknown | None]:
    """Dollars as (spent on all attempts, of the accepted answer); the second is None where the job failed.

    Each attempt is billed by `cost_of_attempt`, at the row in force when it started. Whether the model reasons is
    `Endpoint.reasoning_enabled(call.params)` and nothing else.
    """
    costs = attempt_costs(call, book, endpoint)
    return sum_costs(costs), accepted_cost(call, costs)


def accepted_cost(call: Call, costs: Sequence[Cost | CostUnknown]) -> Cost | CostUnknown | None:
    """Dollars of the answer that counts, with all its turns; None where there is none. `costs`: of each attempt."""
    if call.accepted is None:
        return None
    pairs = zip(call.attempts, costs, strict=True)
    return sum_costs(cost for attempt, cost in pairs if isinstance(attempt, Completion))


def attempt_costs(call: Call, book: PriceBook, endpoint: Endpoint) -> tuple[Cost | CostUnknown, ...]:
    """Dollars of each attempt of a job, in their order."""
    return tuple(cost_of_attempt(book, endpoint, call.params, attempt) for attempt in call.attempts)
