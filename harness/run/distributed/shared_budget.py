"""The dollars of all workers of a run: reserved with what is leased to them, settled by what they report.

Decided by the rules of a run of one process (execution.budget_guard). The other side: leased_budget.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.pricing.budget import Budget
from harness.run.distributed.lost_worker import LostAttempt
from harness.run.distributed.messages import Ask, Overrun, Settlement
from harness.run.execution.budget_guard import BudgetGuard, Reservation
from harness.run.execution.call import IN_FLIGHT
from harness.run.execution.run_context import reservation_key


@dataclass(slots=True, kw_only=True)
class SharedBudget:
    """`reserved` and `asks` of its methods are one worker's: dollars by key, and wishes by number.

    `overruns`: attempts at any worker that were billed above their bound.
    """

    budget: Budget
    guard: BudgetGuard
    overruns: list[Overrun] = field(default_factory=list)

    def overcommitted(self, labels: Iterable[str]) -> frozenset[str]:
        """The models whose reservations have to be asked for again."""
        return frozenset(label for label in labels if self.budget.is_overcommitted(label))

    async def take_in(self, settled: Iterable[Settlement], reserved: dict[str, Reservation]) -> None:
        """Settle what a worker reports."""
        for one in settled:
            held = reserved.pop(one.key, None)
            if held is None:
                continue
            await self.settle(held, one.cost, one.bound_usd, one.then)
            if one.then is not None:
                reserved[one.then.key] = one.then

    async def settle(
        self,
        reserved: Reservation,
        cost: Cost | CostUnknown | None,
        bound_usd: Decimal | None = None,
        then: Reservation | None = None,
    ) -> None:
        """As BudgetGuard.settle; `then` is held whether or not it fits, because the worker has it."""
        if not await self.guard.settle(reserved, cost, bound_usd=bound_usd, then=then) and then is not None:
            self.guard.take_up(then)
        bound_usd = reserved.max_usd if bound_usd is None else bound_usd
        if isinstance(cost, Cost) and cost.usd > bound_usd:
            self.overruns.append(Overrun(label=reserved.label, bound_usd=bound_usd, billed_usd=cost.usd))

    def answers(self, asks: dict[int, Ask], reserved: dict[str, Reservation]) -> dict[int, bool]:
        """The wishes for dollars that can be decided now."""
        answers: dict[int, bool] = {}
        for ask in list(asks.values()):
            decided = self.guard.try_next(ask.reservation)
            if decided is None and ask.waits:
                continue
            del asks[ask.number]
            answers[ask.number] = bool(decided)
            if decided:
                reserved[ask.reservation.key] = ask.reservation
        return answers

    async def settle_lost(self, attempts: Iterable[LostAttempt], reserved: dict[str, Reservation]) -> None:
        """Settle what a lost worker had not reported: the attempts of reserved dollars, and those that it made after
        them of what was left (LeasedBudget.settle).
        """
        unreported = set()
        for made in attempts:
            key = made.head.key
            held = reserved.pop(reservation_key(key, made.number), None)
            if held is None and key in unreported:
                held = Reservation(key=key, label=made.head.label, max_usd=made.at_most_usd)
                self.guard.take_up(held)
            if held is not None:
                unreported.add(key)
                await self.settle(held, made.cost, made.bound_usd)

    async def settle_rest(self, reserved: dict[str, Reservation], *, may_be_sent: bool) -> None:
        """Settle all that a lost worker still holds: as sent, outcome unknown, or as not sent."""
        for held in reserved.values():
            await self.settle(held, IN_FLIGHT if may_be_sent else None)
        reserved.clear()
