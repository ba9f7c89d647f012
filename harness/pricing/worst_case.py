"""What one attempt can cost at worst, before it is sent: the bound that a budget reserves.

Every quantity is taken at its highest: a token for each byte of the prompt, the whole output limit, the highest rate
that may hold. What an answer did cost is in pricing.cost, what it is expected to cost needs measured token use.
"""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from harness.core.prices import CostUnknown, Price, Rates
from harness.core.types import Endpoint
from harness.pricing.exact import CONVERT, CONVERTED_DIGITS, EXACT, exact_sum, token_amount
from harness.pricing.rates import STANDARD_SERVICE, max_rate, max_rates

TEMPLATE_TOKENS = 1024
"""Allowed on top of a prompt's bytes for what the provider adds: chat template, its own system text."""


def worst_case(
    endpoint: Endpoint,
    prompt_bytes: int,
    max_tokens: int | None,
    price: Price | CostUnknown,
    *,
    thinking_tokens: int | None = 0,
) -> Decimal | CostUnknown:
    """Dollars that one attempt cannot exceed.

    One token per byte of prompt (no tokeniser in use splits a byte) plus `TEMPLATE_TOKENS`, and the whole output limit
    (`max_tokens`, else the endpoint's limit, else its context), each at its highest rate: tier, hour, thinking, cache
    write, the endpoint's service tier, and without one the highest that may serve. A surcharge of the account,
    a fee per request and a gateway's fee are included. `thinking_tokens` come on top of the limit where that
    does not hold them; None: only the model's own maximum does.
    CostUnknown without a price or any output limit. Raises ValueError for a negative count.
    """
    if isinstance(price, CostUnknown):
        return price
    if prompt_bytes < 0 or (max_tokens is not None and max_tokens < 0):
        raise ValueError(f"a bound needs counts from 0 on, got {prompt_bytes} bytes, max_tokens {max_tokens}")
    output_tokens = _output_tokens(endpoint, max_tokens, thinking_tokens)
    if isinstance(output_tokens, CostUnknown):
        return output_tokens
    if price.currency != "USD" and price.exchange is None:
        return CostUnknown(reason=f"{price.id} is in {price.currency} and no exchange rate is known")
    prompt_tokens = prompt_bytes + TEMPLATE_TOKENS
    rates = _highest_rates(endpoint, price, prompt_tokens)
    if isinstance(rates, CostUnknown):
        return rates
    # A provider may write the prompt to its cache unasked, at up to twice the plain rate (Anthropic: 1.25x for five
    # minutes, 2x for an hour, docs.anthropic.com, "Prompt caching").
    prompt_rate = max(rates.prompt, rates.write_or_prompt, rates.write_1h_or_write)
    tokens_amount = exact_sum(
        (token_amount(prompt_tokens, prompt_rate), token_amount(output_tokens, rates.reasoning_completion))
    )
    # In the order of a bill (pricing.bill): surcharges on the tokens, the fee per request, the gateway's fee on all.
    charged = EXACT.add(EXACT.multiply(tokens_amount, _highest_surcharge(endpoint, price)), price.request_fee)
    amount = EXACT.add(charged, EXACT.multiply(charged, price.fee_share))
    return amount if price.exchange is None else _rounded_up(amount, price.exchange.per_usd)


def _output_tokens(endpoint: Endpoint, max_tokens: int | None, thinking_tokens: int | None) -> int | CostUnknown:
    """The most that can be generated: the first limit that is known, and reasoning that does not count towards it."""
    limits = (max_tokens, endpoint.params.max_tokens, endpoint.max_output_tokens, endpoint.context_tokens)
    answer_tokens = next((limit for limit in limits if limit is not None), None)
    if answer_tokens is None:
        return CostUnknown(reason=f"{endpoint.label} has no output limit: set max_tokens to bound its cost")
    if thinking_tokens == 0:
        return answer_tokens
    context = endpoint.context_tokens
    if thinking_tokens is None:
        thinking_tokens = context or endpoint.max_output_tokens
    if thinking_tokens is None:
        reason = "max_tokens does not limit its thinking: name an effort, or write the model's context_tokens"
        return CostUnknown(reason=f"{endpoint.label} has no output limit: {reason}")
    both = answer_tokens + thinking_tokens
    # The context holds both; a context below the stated limit of an answer does not lower that limit.
    return both if context is None else min(both, max(context, answer_tokens))


def _highest_rates(endpoint: Endpoint, price: Price, prompt_tokens: int) -> Rates | CostUnknown:
    """Class by class the highest rate of the service tiers that may serve the request."""
    asked = endpoint.service_tier
    if not (asked is None or asked.lower() in STANDARD_SERVICE or asked.lower() in price.service_tiers):
        return CostUnknown(reason=f"{price.id} has no rates of service tier {asked!r}")
    # Where none is requested, or `auto`, the account's default tier serves, which may be any of the row.
    is_open = asked is None or asked.lower() == "auto"
    tiers = [asked, *(price.service_tiers if is_open else ())]
    return max_rate(max_rates(price, prompt_tokens=prompt_tokens, service_tier=tier) for tier in tiers)


def _highest_surcharge(endpoint: Endpoint, price: Price) -> Decimal:
    """The factor of the largest surcharge the row lists, unless the request names a place without one."""
    geo = endpoint.extra_body.get("inference_geo")
    if isinstance(geo, str) and f"inference_geo: {geo}" not in price.surcharges:
        return Decimal(1)
    return max((Decimal(1), *price.surcharges.values()))


def _rounded_up(amount: Decimal, per_usd: Decimal) -> Decimal:
    """Dollars that no bill of this amount can exceed, though each of its lines is rounded by itself.

    Four digits fewer than a bill keeps, and one unit of the last of them on top: more than all its lines can gain.
    """
    context = CONVERT.copy()
    context.rounding, context.prec = ROUND_UP, CONVERTED_DIGITS - 4
    return context.next_plus(context.divide(amount, per_usd)) if amount else Decimal(0)
