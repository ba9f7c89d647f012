"""The ceiling on a run's dollars, held before any request leaves, and shared fairly by the models compared.

A position (one sample, one repeat) is opened only when the worst case of it for *every* model fits, so that money
running short leaves the same samples for all models. A further attempt at an open job goes before new positions. Not
here: what a request can cost at most, and the arithmetic of the ceiling (pricing.budget).

Nobody waits for ever: positions are decided in their order, so a lane that waits has taken up all that is open. Whoever
waits holds no money and no seat; money is held only by attempts under way or about to be repeated, and by lanes on
their way to a position that is open. So while anything is held it comes back, and when nothing is held the answer is
final.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.pricing.budget import Budget

_UNDECIDED, _OPEN, _REFUSED = 0, 1, 2
MAX_AHEAD = 5000
"""Positions that may be open for a model and not taken up: so far may a quick model run ahead of a slow one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Money wanted for one attempt: under which key, for which model, and the most it can cost (dollars)."""

    key: str
    label: str
    bound: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetShortfall:
    """The smallest thing that was refused: dollars that must be held for it, for how many models, and those left."""

    needed_usd: Decimal
    models: int
    left_usd: Decimal | None


class BudgetGuard:
    """Waits and takes turns around a Budget; one per run."""

    def __init__(self, budget: Budget, *, is_limited: bool) -> None:
        self._budget = budget
        self.is_limited = is_limited
        self.shortage: BudgetShortfall | None = None
        self._changed = asyncio.Condition()
        self._positions = bytearray()
        self._held = 0
        self._unused: dict[str, set[str]] = {}
        self._gone: set[str] = set()
        self._repeats_waiting = 0

    def is_open(self, position: int) -> bool | None:
        """Whether a position was opened; None while nobody has asked."""
        state = self._positions[position] if position < len(self._positions) else _UNDECIDED
        return None if state == _UNDECIDED else state == _OPEN

    async def open_position(self, position: int, claims: Mapping[str, Reservation]) -> bool:
        """Hold the worst case of one position for all models; False when it does not fit any more.

        Every model asks for every position in order, those too that it has had; the first to ask decides for all. Waits
        while money held by others may come back. Call without a seat that an attempt under way may wait for.
        """
        async with self._changed:
            while self.is_open(position) is None:
                wanted = [claim for label, claim in claims.items() if label not in self._gone]
                if self._repeats_waiting or self._is_far_ahead():
                    await self._changed.wait()
                elif self._hold_all(wanted):
                    self._decide(position, _OPEN)
                elif self._held == 0:
                    self._decide(position, _REFUSED)
                    self._note_shortage(wanted)
                else:
                    await self._changed.wait()
            return self._positions[position] == _OPEN

    def _is_far_ahead(self) -> bool:
        return any(len(keys) >= MAX_AHEAD for keys in self._unused.values())

    def _decide(self, position: int, state: int) -> None:
        if position >= len(self._positions):
            self._positions.extend(bytes(max(1024, position + 1 - len(self._positions))))
        self._positions[position] = state
        self._changed.notify_all()

    def _hold(self, claim: Reservation) -> bool:
        if not self._budget.reserve(claim.key, claim.bound, model=claim.label):
            return False
        self._held += 1
        return True

    def _release(self, key: str) -> None:
        self._budget.release(key)
        self._held -= 1

    def _hold_all(self, wanted: list[Reservation]) -> bool:
        held: list[Reservation] = []
        for claim in wanted:
            if not self._hold(claim):
                for other in held:
                    self._release(other.key)
                return False
            held.append(claim)
        for claim in held:
            self._unused.setdefault(claim.label, set()).add(claim.key)
        return True

    def _note_shortage(self, wanted: list[Reservation]) -> None:
        needed = sum((claim.bound for claim in wanted), Decimal(0))
        if self.shortage is None or needed < self.shortage.needed_usd:
            rooms = [room for claim in wanted if (room := self._budget.room_usd(claim.label)) is not None]
            self.shortage = BudgetShortfall(needed_usd=needed, models=len(wanted), left_usd=min(rooms, default=None))

    def reserve_first(self, claim: Reservation) -> bool:
        """Take up the money held for a first attempt, or hold it now; False, at once, when it does not fit.

        From then on the attempt must settle it.
        """
        if not self.is_limited:
            return True
        unused = self._unused.get(claim.label, set())
        if claim.key in unused:
            unused.discard(claim.key)
            return True
        return self._hold(claim)

    async def reserve_next(self, claim: Reservation) -> bool:
        """Hold money for a further attempt, waiting for what may come back; False when it does not fit any more.

        Goes before every new position. Call without a seat: attempts that bring the money back may need it.
        """
        async with self._changed:
            self._repeats_waiting += 1
            try:
                while not self._hold(claim):
                    if self._held == 0:
                        self._note_shortage([claim])
                        return False
                    await self._changed.wait()
            finally:
                self._repeats_waiting -= 1
                self._changed.notify_all()
            return True

    async def settle(
        self, claim: Reservation, cost: Cost | CostUnknown | None, *, then: Reservation | None = None
    ) -> bool:
        """Turn what was held into what was spent; None: nothing was sent. An unknown cost counts as its bound.

        Whether money for `then`, the next attempt at the same job, is held at once.
        """
        if not self.is_limited:
            return then is not None
        async with self._changed:
            if cost is None:
                self._budget.release(claim.key)
            else:
                self._budget.settle(claim.key, cost if isinstance(cost, CostUnknown) else cost.usd)
            self._held -= 1
            is_held = then is not None and self._hold(then)
            self._changed.notify_all()
            return is_held

    async def release_model(self, label: str) -> None:
        """Give back what is held for a model that takes up no further position."""
        async with self._changed:
            self._gone.add(label)
            for key in self._unused.pop(label, set()):
                self._release(key)
            self._changed.notify_all()
