"""Attempts that were sent and whose outcome never came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.store.codec import JobHead, SentLine


@dataclass(slots=True, kw_only=True)
class LostAttempts:
    """Known once the call log has been read.

    `sent`: all of them, in the order they were sent. `without_record`: jobs of which nothing else is known, each with
    how many attempts it has that may have cost something.
    """

    sent: list[SentLine] = field(default_factory=list)
    without_record: list[tuple[JobHead, int]] = field(default_factory=list)

    @classmethod
    def of(cls, sent: Sequence[SentLine], *, with_record: Collection[str]) -> LostAttempts:
        """From the attempts without an outcome and the keys of those jobs that have a record."""
        counts: dict[str, int] = {}
        heads: dict[str, JobHead] = {}
        for one in sent:
            key = one.head.key
            if key not in with_record and may_cost(one):
                counts[key] = counts.get(key, 0) + 1
                heads[key] = one.head
        return cls(sent=list(sent), without_record=[(heads[key], count) for key, count in counts.items()])


def may_cost(sent: SentLine) -> bool:
    """A bound of exactly 0 is free whatever became of the attempt."""
    # None, an unknown bound, is not 0: such an attempt may have cost anything.
    return sent.bound_usd != Decimal(0)


def lost_reason(count: int) -> str:
    """Why a job's dollars are unknown that has lost attempts."""
    return f"{'an attempt was' if count == 1 else f'{count} attempts were'} sent and the outcome never came"


def with_lost(spent: Cost | CostUnknown, unresolved: Sequence[SentLine]) -> Cost | CostUnknown:
    """The dollars of a job's outcomes; unknown where attempts without one may have cost something too."""
    count = sum(map(may_cost, unresolved))
    if not count:
        return spent
    return CostUnknown(reason=lost_reason(count), known_usd=spent.usd if isinstance(spent, Cost) else spent.known_usd)
