"""From charges to the lines of a bill and their sums, in the price's currency and in dollars.

One step of the way from usage to dollars: rates, charges, bill (this module), cost. Products and sums are exact
(pricing.exact); each line not in dollars is converted by itself, and the total is the exact sum of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from harness.core.prices import BillLine, Cost, ExchangeRate, Price
from harness.pricing.charges import TokenCharge
from harness.pricing.exact import EXACT, exact_sum, in_usd, token_amount

FEE = "gateway fee"
REQUEST_FEE = "fee per request"


def bill_of(
    charges: Iterable[TokenCharge],
    price: Price,
    *,
    notes: Iterable[str],
    is_upper_bound: bool,
    surcharges: Sequence[str] = (),
) -> Cost:
    """The bill of charges at a price; a price not in dollars needs its `exchange`, a surcharge its factor."""
    lines = bill_lines(charges, price, surcharges)
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


def bill_lines(charges: Iterable[TokenCharge], price: Price, surcharges: Sequence[str] = ()) -> tuple[BillLine, ...]:
    """The lines of a bill, in the order given, classes without tokens left out; then surcharges, the fee per
    request and the gateway's fee.

    A surcharge is a share of all lines above it, so two of them multiply; the gateway's fee is taken on everything.
    """
    # Each line is converted by itself, so that the lines a reader sees add up to the total in dollars too.
    lines = [_token_line(charge, price.exchange) for charge in charges if charge.tokens]
    for name in surcharges:
        share = EXACT.subtract(price.surcharges[name], Decimal(1))
        if share and lines:
            lines.append(_share_line(f"surcharge, {name}", share, lines, price.exchange))
    if price.request_fee:
        lines.append(_request_line(price.request_fee, price.exchange))
    # Last, on everything above: all of it is taken from credits, and the fee is on buying those (OpenRouter: 5.5%).
    if price.fee_share and lines:
        lines.append(_share_line(FEE, price.fee_share, lines, price.exchange))
    return tuple(lines)


def totals(lines: Sequence[BillLine]) -> tuple[Decimal, Decimal]:
    """The sums of a bill as (amount in the price's currency, dollars)."""
    return exact_sum(line.amount for line in lines), exact_sum(line.usd for line in lines)


def usd_without_fees(cost: Cost) -> Decimal:
    """The dollars a provider's own charge compares with: the bill without the fee on buying its credits."""
    return exact_sum(line.usd for line in cost.lines if line.what != FEE)


def _share_line(what: str, share: Decimal, above: Sequence[BillLine], exchange: ExchangeRate | None) -> BillLine:
    amount = EXACT.multiply(exact_sum(line.amount for line in above), share)
    return BillLine(
        what=what,
        tokens=0,
        rate_per_mtok=Decimal(0),
        amount=amount,
        usd=in_usd(amount, exchange),
        fee_share=share,
    )


def _request_line(fee: Decimal, exchange: ExchangeRate | None) -> BillLine:
    return BillLine(what=REQUEST_FEE, tokens=0, rate_per_mtok=Decimal(0), amount=fee, usd=in_usd(fee, exchange))


def _token_line(charge: TokenCharge, exchange: ExchangeRate | None) -> BillLine:
    amount = token_amount(charge.tokens, charge.rate_per_mtok)
    return BillLine(
        what=charge.what,
        tokens=charge.tokens,
        rate_per_mtok=charge.rate_per_mtok,
        amount=amount,
        usd=in_usd(amount, exchange),
    )
