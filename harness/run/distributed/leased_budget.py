"""A worker's side of the budget: dollars that the coordinator has reserved with a block, and wishes for more.

Same rules as budget_guard, whose decisions the coordinator makes for all workers; here is only what it has granted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.pricing.budget import Budget
from harness.run.distributed.messages import Ask, Overrun, Settlement
from harness.run.execution.budget_guard import BudgetGuard, Reservation


class LeasedBudget(BudgetGuard):
    """The dollars granted to one worker. `settled` and `asks` wait to be reported; `wake` has them reported at once."""

    def __init__(self, *, is_limited: bool, wake: Callable[[], None]) -> None:
        self._own = Budget(cap_usd=None)
        super().__init__(self._own, is_limited=is_limited)
        self._wake = wake
        self._answers: dict[int, asyncio.Future[bool]] = {}
        self._next_ask = 0
        self._is_cut_off = False
        self.settled: list[Settlement] = []
        self.asks: list[Ask] = []
        self.overcommitted: frozenset[str] = frozenset()

    def adopt(self, reservations: Iterable[Reservation]) -> None:
        """Take over dollars that were reserved with a block."""
        for one in reservations:
            self._add(one)
            self._not_taken.setdefault(one.label, set()).add(one.key)

    def answer(self, number: int, *, is_granted: bool) -> None:
        """Take in the coordinator's decision."""
        waiter = self._answers.pop(number, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(is_granted)

    @property
    def is_asking(self) -> bool:
        """Whether a wish was not answered yet."""
        return bool(self._answers)

    def cut_off(self) -> None:
        """Grant nothing more: the coordinator cannot be reached."""
        self._is_cut_off = True
        for number in list(self._answers):
            self.answer(number, is_granted=False)

    def learn(self, overrun: Overrun) -> None:
        """Raise later bounds of a model, as an attempt at any worker showed."""
        self._own.learn(overrun.label, bound_usd=overrun.bound_usd, billed_usd=overrun.billed_usd)

    def is_open(self, position: int) -> bool | None:
        """Every leased position was opened."""
        return True

    async def open_position(self, position: int, reservations: Mapping[str, Reservation]) -> bool:
        return True

    async def reserve_next(self, wanted: Reservation) -> bool:
        return await self._asked(wanted, waits=True)

    async def renew(self, wanted: Reservation) -> bool:
        if not self.is_limited:
            return True
        is_enough = self._own.reserved_for(wanted.key) >= wanted.max_usd
        if is_enough and wanted.label not in self.overcommitted:
            return True
        self._release(wanted.key)
        return await self._asked(wanted, waits=False)

    async def settle(
        self,
        reserved: Reservation,
        cost: Cost | CostUnknown | None,
        *,
        bound_usd: Decimal | None = None,
        then: Reservation | None = None,
    ) -> bool:
        """As BudgetGuard.settle; `then` is held on to where what is left of the dollars suffices for it."""
        if not self.is_limited:
            return then is not None
        held, spent = self._own.reserved_for(reserved.key), _at_most(cost, bound_usd or reserved.max_usd)
        kept = then if then is not None and spent + then.max_usd <= held else None
        self.settled.append(Settlement(key=reserved.key, cost=cost, bound_usd=bound_usd, then=kept))
        await super().settle(reserved, cost, bound_usd=bound_usd)
        if kept is not None:
            self._add(kept)
        return kept is not None

    def _reserve(self, wanted: Reservation) -> bool:
        """Nothing is granted here: `reserve_next` asks."""
        return False

    def _release(self, key: str) -> None:
        self.settled.append(Settlement(key=key, cost=None))
        super()._release(key)

    def _add(self, one: Reservation) -> None:
        self._own.reserve(one.key, one.max_usd, model=one.label)
        self._held += 1

    async def _asked(self, wanted: Reservation, *, waits: bool) -> bool:
        if self._is_cut_off:
            return False
        ask = Ask(number=self._next_ask, reservation=wanted, waits=waits)
        self._next_ask += 1
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answers[ask.number] = waiter
        self.asks.append(ask)
        self._wake()
        is_granted = await waiter
        if is_granted:
            self._add(wanted)
        return is_granted


def _at_most(cost: Cost | CostUnknown | None, bound_usd: Decimal) -> Decimal:
    match cost:
        case None:
            return Decimal(0)
        case Cost():
            return cost.usd
        case CostUnknown():
            return max(bound_usd, cost.known_usd)
