"""What one usage costs: a bill, an upper bound, or the reason why it is unknown.

The last step of the way from usage to dollars: rates (which rates hold), charges (tokens by class), bill (arithmetic),
cost (this module). What failed attempts cost and how attempts add up is in pricing.attempts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Usage
from harness.pricing.bill import bill_of
from harness.pricing.charges import contradictions, max_charges, max_prompt_tokens, usage_charges
from harness.pricing.rates import applicable_rates, max_rates

OLD_AFTER = timedelta(days=60)
"""Age from which a bill says that its price row or exchange rate is old; `harness prices check` warns at the same."""
OWN = "own"
"""Confidence of a user's own row, which is a contract and does not age."""


def cost_of(
    usage: Usage | None,
    price: Price | CostUnknown,
    *,
    at: datetime,
    service_tier: str | None = None,
    is_thinking: bool | None = None,
) -> Cost | CostUnknown:
    """The bill of one attempt that started `at`.

    `service_tier` is the tier that served it. `is_thinking`: whether the model reasons under the settings of the
    request (core.types.Endpoint.reasoning_enabled), None where that is not known; it matters only where reasoning
    output has its own rate, and reported reasoning tokens take precedence. The bill is an upper bound
    (`is_upper_bound`, with a note) where cached tokens are not reported or have no published rate, where reasoning is
    in doubt, or where the usage contradicts itself. CostUnknown where a count it needs is missing, where tokens have
    another price, and where charges stand beside them (its `known_usd` is then the bill of the tokens).
    """
    if isinstance(price, CostUnknown):
        return price
    missing = _missing(usage, price)
    if usage is None or missing is not None:
        return CostUnknown(reason=missing or "the provider reported no usage")
    if usage.tokens_at_other_rates or usage.non_token_charges:
        return _partly_unknown(usage, price, at=at, service_tier=service_tier, is_thinking=is_thinking)
    assert usage.prompt_tokens is not None
    held = applicable_rates(price, at=at, prompt_tokens=usage.prompt_tokens, service_tier=service_tier)
    if isinstance(held, CostUnknown):
        return held
    contradictory = (*usage.problems, *contradictions(usage))
    if contradictory:
        highest = max_rates(price, prompt_tokens=max_prompt_tokens(usage), service_tier=service_tier, at=at)
        note = f"usage contradicts itself ({'; '.join(dict.fromkeys(contradictory))}): billed at the highest reading"
        charged = replace(max_charges(usage, highest), caveats=(note,))
    else:
        charged = usage_charges(usage, held.rates, price, is_thinking=is_thinking)
    # The highest reading takes rates of any tier, so the words that explain one tier would be wrong there.
    why = () if contradictory else held.why
    return bill_of(
        charged.charges,
        replace(price, fee_share=Decimal(0)) if usage.own_key else price,
        notes=(*row_caveats(price, at), *why, *_fee_remark(usage, price), *charged.remarks, *charged.caveats),
        is_upper_bound=bool(charged.caveats),
        surcharges=usage.surcharges,
    )


def _partly_unknown(
    usage: Usage, price: Price, *, at: datetime, service_tier: str | None, is_thinking: bool | None
) -> CostUnknown:
    """Unknown, with the bill of the tokens as the known part; that is 0 where some of them have another price."""
    unbilled = (*usage.tokens_at_other_rates, *usage.non_token_charges)
    problems = tuple(problem for problem in usage.problems if problem not in unbilled)
    tokens = replace(usage, problems=problems, tokens_at_other_rates=(), non_token_charges=())
    known = cost_of(tokens, price, at=at, service_tier=service_tier, is_thinking=is_thinking)
    # Dollars called known must be a lower bound of the bill: an upper bound, or tokens at a cheaper rate, are none.
    if isinstance(known, CostUnknown):
        return replace(known, reason="; ".join((*unbilled, known.reason)))
    has_known_part = not (usage.tokens_at_other_rates or known.is_upper_bound)
    return CostUnknown(reason="; ".join(unbilled), known_usd=known.usd if has_known_part else Decimal(0))


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
    # A surcharge without a published factor is not taken for 1: the bill would be too low without a word.
    unlisted = [name for name in usage.surcharges if name not in price.surcharges]
    if unlisted:
        return f"{price.id} does not say what {' and '.join(unlisted)} costs"
    if price.currency != "USD" and price.exchange is None:
        return f"{price.id} is in {price.currency} and no exchange rate of that day or before is known"
    return None


def _fee_remark(usage: Usage, price: Price) -> tuple[str, ...]:
    if not usage.own_key or not price.fee_share:
        return ()
    return ("one's own key at the gateway: no fee on credits",)


def row_caveats(price: Price, at: datetime) -> tuple[str, ...]:
    """What makes the row or its exchange rate doubtful for a request that started `at`."""
    caveats = []
    if price.confidence != OWN and not (price.rates.prompt or price.rates.completion):
        until = "" if price.effective_to is None else f" until {price.effective_to:%Y-%m-%d}"
        caveats.append(f"free by its price row{until}: {price.basis or price.notes}")
    if price.retired_on is not None and at.date() >= price.retired_on:
        caveats.append(f"{price.model} was retired on {price.retired_on}: another may have answered, at another price")
    if price.confidence == "low":
        caveats.append(f"price row of low confidence: {price.notes or price.basis}")
    if price.confidence != OWN and (age := _age(price.read_on, at)) is not None:
        caveats.append(f"price row read {age} days before, on {price.read_on}: harness prices update looks for newer")
    if price.exchange is not None and (age := _age(price.exchange.on, at)) is not None:
        caveats.append(f"exchange rate is {age} days old, of {price.exchange.on}")
    return tuple(caveats)


def _age(read_on: date, at: datetime) -> int | None:
    """Days between, where they make it old; None else, and for what was read later."""
    age = at.date() - read_on
    return age.days if age > OLD_AFTER else None
