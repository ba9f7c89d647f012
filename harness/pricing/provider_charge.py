"""The provider's own charge beside ours: how far apart, and what most likely explains it.

Covers comparing two amounts of one attempt or of a sum. Does not cover reading the charge from a reply (dialects) nor
showing it (report). Ours is never replaced by theirs: it is what the same tokens cost at the price book's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from harness.core.prices import Cost
from harness.pricing.bill import usd_without_fees
from harness.pricing.exact import EXACT

MIN_SHOWN_DISCREPANCY = Decimal("0.01")
"""Share of our dollars above which a difference is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDiscrepancy:
    """Two amounts that differ: `ours_usd` leaves out a gateway's fee on credits, which no reply contains."""

    ours_usd: Decimal
    reported_usd: Decimal
    likely_cause: str

    @property
    def share(self) -> Decimal | None:
        """(reported - ours) / ours, to 28 digits; None where ours is 0."""
        return (self.reported_usd - self.ours_usd) / self.ours_usd if self.ours_usd else None


def charge_discrepancy(cost: Cost, reported_usd: Decimal) -> ChargeDiscrepancy | None:
    """The gap where it is wider than 1% of our dollars, with its likely cause; None where the two agree."""
    ours = usd_without_fees(cost)
    if abs(EXACT.subtract(reported_usd, ours)) <= EXACT.multiply(ours, MIN_SHOWN_DISCREPANCY):
        return None
    return ChargeDiscrepancy(
        ours_usd=ours, reported_usd=reported_usd, likely_cause=_likely_cause(cost, ours, reported_usd)
    )


def _likely_cause(cost: Cost, ours: Decimal, reported_usd: Decimal) -> str:
    # In the order of how sure the cause is: a charge of 0 and a free row explain themselves, direction is a guess.
    if reported_usd == 0:
        return "nothing was charged: a key of your own at the gateway, a free allowance or a promotion"
    if ours == 0:
        return "our price row is free: the promotion may have ended"
    if reported_usd > ours:
        return "charges beside tokens (search, tools), a more expensive host or tier, or a price that has risen"
    if cost.is_upper_bound:
        return "ours is an upper bound: " + "; ".join(cost.notes)
    return "a cheaper host, a discount, or a price that has fallen"
