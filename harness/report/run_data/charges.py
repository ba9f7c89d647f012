"""The provider's own charges beside ours, summed up for one model on one task.

Covers accepted answers that state a charge and have a bill of ours. Ours is compared without a gateway's fee on
credits, which no reply contains.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.plurals import counted
from harness.core.prices import BillLine, Cost
from harness.pricing.exact import EXACT
from harness.pricing.provider_charge import ChargeDiscrepancy, charge_discrepancy
from harness.report.run_data.records import ChargeComparison

KEPT_NOTES = 8
"""Different reasons that are kept; a run of a million answers must not hold a note for each."""
WITHIN = "within 1%"
"""Stands in place of a cause where the stated charge and ours differ by no more."""
OURS_UNKNOWN = "ours is unknown"


@dataclass(slots=True)
class ChargeDifference:
    """Answers whose difference has one cause: how many, and their stated dollars minus ours."""

    answers: int = 0
    usd: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class ProviderChargeTotals:
    """Dollars of the answers whose provider stated its charge: `ours_usd` and `reported_usd` are of the same answers.

    `apart` counts the answers whose own charge is more than 1% off, by likely cause: over many answers such gaps may
    cancel out. `by_cause`: the whole difference, divided by cause. `unknown`, `unknown_usd`: answers with a stated
    charge of which ours is unknown, and the sum of those charges; they are in none of the other figures.
    """

    answers: int = 0
    ours_usd: Decimal = Decimal(0)
    reported_usd: Decimal = Decimal(0)
    bounds: int = 0
    notes: dict[str, None] = field(default_factory=dict)
    apart: Counter[str] = field(default_factory=Counter)
    by_cause: dict[str, ChargeDifference] = field(default_factory=dict)
    unknown: int = 0
    unknown_usd: Decimal = Decimal(0)

    def add(self, charge: ChargeComparison) -> None:
        """Take in one answer."""
        self.answers += 1
        self.ours_usd = EXACT.add(self.ours_usd, charge.ours_usd)
        self.reported_usd = EXACT.add(self.reported_usd, charge.reported_usd)
        self.bounds += charge.is_bound  # a charge below an upper bound of ours is no contradiction
        if len(self.notes) < KEPT_NOTES:
            self.notes.update(dict.fromkeys(charge.notes))
        if charge.cause is not None:
            self.apart[charge.cause] += 1
        difference = EXACT.subtract(charge.reported_usd, charge.ours_usd)
        part = self.by_cause.setdefault(charge.cause or WITHIN, ChargeDifference())
        part.answers, part.usd = part.answers + 1, EXACT.add(part.usd, difference)

    def add_unknown(self, reported_usd: Decimal) -> None:
        """Take in an answer that states its charge and has no bill of ours."""
        self.unknown += 1
        self.unknown_usd = EXACT.add(self.unknown_usd, reported_usd)

    @property
    def stated_usd(self) -> Decimal | None:
        """All dollars that responses stated; None where none did."""
        return EXACT.add(self.reported_usd, self.unknown_usd) if self.answers or self.unknown else None

    @property
    def ours_of_stated_usd(self) -> Decimal | None:
        """Our dollars of the same answers; None where any is unknown, or none stated its charge."""
        return self.ours_usd if self.answers and not self.unknown else None

    @property
    def gap(self) -> ChargeDiscrepancy | None:
        """The gap between the sums; None where they agree within 1%, or where no charge was stated."""
        return charge_discrepancy(self._as_cost(), self.reported_usd) if self.answers else None

    def _as_cost(self) -> Cost:
        line = BillLine(what="all answers", tokens=0, rate_per_mtok=Decimal(0), amount=self.ours_usd, usd=self.ours_usd)
        return Cost(
            usd=self.ours_usd,
            lines=(line,),
            price_id="",
            amount=self.ours_usd,
            is_upper_bound=self.bounds > 0,
            notes=tuple(self.notes),
        )


def charge_note(sums: ProviderChargeTotals) -> str | None:
    """What a report says of a gap, as the rest of a sentence; None where all charges agree within 1%.

    Where only the sums agree, the answers that do not are named: two errors may hide each other.
    """
    gap = sums.gap
    if gap is None:
        if not sums.apart:
            return None
        cause = sums.apart.most_common(1)[0][0]
        return (
            f"the provider's own charges differ from ours by more than 1% for {sums.apart.total()} of {sums.answers} "
            f"answers, though the sums agree; likely cause: {cause}"
        )
    share = "" if gap.share is None else f" ({100 * gap.share:+.1f}%)"
    return (
        f"the provider charged ${gap.reported_usd:f} for {counted(sums.answers, 'answer')}, ours is "
        f"${gap.ours_usd:f}{share}; "
        f"likely cause: {gap.likely_cause}"
    )
