"""The budget of a run, held before any request leaves and shared fairly by the models compared.

A position (one sample, one repeat) is opened only when its maximum cost for *every* model fits, so that a budget that
runs short leaves the same samples for all models. Retries of open jobs take precedence over new positions. The most a
request can cost: pricing.worst_case; the arithmetic of the budget: pricing.budget.

No deadlock: positions are decided in their order, so a worker that waits has taken every position that is open. Whoever
waits holds neither dollars nor a concurrency slot; dollars are reserved only for attempts in flight, attempts about to
be retried, and positions that a worker will reach. So while anything is reserved it comes back, and when nothing is
reserved the answer is final.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from harness.core.fast_init import fast_init
from harness.core.prices import Cost, CostUnknown
from harness.pricing.budget import Budget

_UNDECIDED, _OPEN, _REFUSED = 0, 1, 2
MAX_AHEAD = 5000
"""Positions that may be open for a model and not yet taken: the lead a fast model may have over a slow one."""


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Dollars wanted for one attempt: its key, its model, and the most it can cost."""

    key: str
    label: str
    max_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetShortfall:
    """The smallest request that did not fit: dollars it needs, for how many models, and those left."""

    needed_usd: Decimal
    models: int
    left_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOverrun:
    """Attempts of one model that were billed above what was reserved for them.

    `excess_usd`: of all of them together; `bound_usd`, `billed_usd` and `cause`: of the one that exceeded the most.
    """

    attempts: int
    excess_usd: Decimal
    bound_usd: Decimal
    billed_usd: Decimal
    cause: str


class BudgetGuard:
    """Waiting and precedence around a Budget; one per run."""

    def __init__(self, budget: Budget, *, is_limited: bool) -> None:
        self._budget = budget
        self.is_limited = is_limited
        self.shortage: BudgetShortfall | None = None
        self.overruns: dict[str, BudgetOverrun] = {}
        self._changed = asyncio.Condition()
        self._positions = bytearray()
        self._held = 0
        self._not_taken: dict[str, set[str]] = {}
        self._left: set[str] = set()
        self._retries_waiting = 0

    def is_open(self, position: int) -> bool | None:
        """Whether a position was opened; None while that is undecided."""
        state = self._positions[position] if position < len(self._positions) else _UNDECIDED
        return None if state == _UNDECIDED else state == _OPEN

    async def open_position(self, position: int, reservations: Mapping[str, Reservation]) -> bool:
        """Reserve the maximum cost of one position for all models; False when it no longer fits.

        Every model asks for every position in order, also for those it has done; the first to ask decides for all.
        Waits while dollars reserved by others may come back. Call it without a slot that an attempt in flight may need.
        """
        async with self._changed:
            while (decided := self.try_open(position, reservations)) is None:
                await self._changed.wait()
            self._changed.notify_all()
            return decided

    def try_open(self, position: int, reservations: Mapping[str, Reservation]) -> bool | None:
        """What `open_position` decides, without waiting; None while dollars reserved by others may come back."""
        decided = self.is_open(position)
        if decided is not None:
            return decided
        wanted = [one for label, one in reservations.items() if label not in self._left]
        # Retries first: a new position would take the dollars with which a sample that others have answered is
        # completed.
        if self._retries_waiting or self._is_far_ahead():
            return None
        if self._reserve_all(wanted):
            self._decide(position, _OPEN)
        # Only now: while dollars are held, an attempt may turn out cheaper than its maximum and make room.
        elif self._held == 0:
            self._decide(position, _REFUSED)
            self._note_shortage(wanted)
        return self.is_open(position)

    def _is_far_ahead(self) -> bool:
        return any(len(keys) >= MAX_AHEAD for keys in self._not_taken.values())

    def _decide(self, position: int, state: int) -> None:
        if position >= len(self._positions):
            # A byte for each position: a run may have millions, and a dict of flags would take many times as much.
            self._positions.extend(bytes(max(1024, position + 1 - len(self._positions))))
        self._positions[position] = state

    def _reserve(self, wanted: Reservation) -> bool:
        if not self._budget.reserve(wanted.key, wanted.max_usd, model=wanted.label):
            return False
        self._held += 1
        return True

    def _release(self, key: str) -> None:
        self._budget.release(key)
        self._held -= 1

    def _reserve_all(self, wanted: list[Reservation]) -> bool:
        if not self._reserve_each(wanted):
            return False
        for one in wanted:
            self._not_taken.setdefault(one.label, set()).add(one.key)
        return True

    def reserve_all(self, wanted: list[Reservation]) -> bool:
        """Reserve all of these or none, without waiting: for batches, which bring no dollars back while one is made."""
        if not self.is_limited or not wanted:
            return True
        if self._reserve_each(wanted):
            return True
        self._note_shortage(wanted)
        return False

    def _reserve_each(self, wanted: list[Reservation]) -> bool:
        reserved: list[Reservation] = []
        for one in wanted:
            if not self._reserve(one):
                for other in reserved:  # all models or none: a sample that half of them answered compares nothing
                    self._release(other.key)
                return False
            reserved.append(one)
        return True

    def take_up(self, one: Reservation) -> None:
        """Hold the dollars of an attempt that an earlier session sent, whether or not they fit."""
        if self.is_limited:
            self._budget.hold(one.key, one.max_usd, model=one.label)
            self._held += 1

    def _note_shortage(self, wanted: list[Reservation]) -> None:
        needed = sum((one.max_usd for one in wanted), Decimal(0))
        if self.shortage is None or needed < self.shortage.needed_usd:
            rooms = [room for one in wanted if (room := self._budget.remaining_usd(one.label)) is not None]
            self.shortage = BudgetShortfall(needed_usd=needed, models=len(wanted), left_usd=min(rooms, default=None))

    async def reserve_first(self, wanted: Reservation) -> bool:
        """Take the dollars reserved for a first attempt, or reserve them now; False, at once, when they do not fit.

        From then on the attempt must settle them.
        """
        if not self.is_limited:
            return True
        not_taken = self._not_taken.get(wanted.label, set())
        if wanted.key in not_taken:
            not_taken.discard(wanted.key)
            return await self.renew(wanted)
        return self._reserve(wanted)

    async def renew(self, wanted: Reservation) -> bool:
        """Whether a request may still be sent on the dollars reserved under its key; if not, they are given back.

        They do not suffice any more once another attempt was billed above its own: the budget might be exceeded, or the
        model costs more than was reserved (`wanted.max_usd` is the bound of now).
        """
        if not self.is_limited:
            return True
        async with self._changed:
            is_enough = self._budget.reserved_for(wanted.key) >= wanted.max_usd
            if is_enough and not self._budget.is_overcommitted(wanted.label):
                return True
            self._release(wanted.key)
            is_reserved = self._reserve(wanted)
            if not is_reserved:
                self._note_shortage([wanted])
            self._changed.notify_all()
            return is_reserved

    def bound(self, label: str, most_usd: Decimal) -> Decimal:
        """The most an attempt can cost, as far as earlier ones of the model have shown."""
        return self._budget.learned_bound(label, most_usd)

    def note_overrun(self, reserved: Reservation, billed_usd: Decimal, cause: str) -> None:
        """Count an attempt that was billed above what was reserved for it, for the run to say so."""
        excess = billed_usd - reserved.max_usd
        before = self.overruns.get(reserved.label)
        largest = before is None or excess > before.billed_usd - before.bound_usd
        self.overruns[reserved.label] = BudgetOverrun(
            attempts=1 + (0 if before is None else before.attempts),
            excess_usd=excess + (Decimal(0) if before is None else before.excess_usd),
            bound_usd=reserved.max_usd if before is None or largest else before.bound_usd,
            billed_usd=billed_usd if before is None or largest else before.billed_usd,
            cause=cause if before is None or largest else before.cause,
        )

    async def release_first(self, wanted: Reservation) -> None:
        """Give back the dollars reserved for a first attempt that will not be made in this session."""
        async with self._changed:
            not_taken = self._not_taken.get(wanted.label, set())
            if wanted.key in not_taken:
                not_taken.discard(wanted.key)
                self._release(wanted.key)
                self._changed.notify_all()

    async def reserve_next(self, wanted: Reservation) -> bool:
        """Reserve dollars for a retry, waiting for what may come back; False when they no longer fit.

        Takes precedence over every new position. Call it without a concurrency slot: attempts that bring dollars back
        may need it.
        """
        async with self._changed:
            self._retries_waiting += 1
            try:
                while (decided := self.try_next(wanted)) is None:
                    await self._changed.wait()
            finally:
                self._retries_waiting -= 1
                self._changed.notify_all()
            return decided

    def try_next(self, wanted: Reservation, *, idle: int = 0) -> bool | None:
        """What `reserve_next` decides, without waiting; None while dollars reserved by others may come back.

        `idle`: reservations that nobody is going to settle.
        """
        if self._reserve(wanted):
            return True
        if self._held > idle:
            return None
        self._note_shortage([wanted])  # nothing is in flight any more, so no dollars can come back
        return False

    async def settle(
        self,
        reserved: Reservation,
        cost: Cost | CostUnknown | None,
        *,
        bound_usd: Decimal | None = None,
        then: Reservation | None = None,
    ) -> bool:
        """Turn reserved dollars into spent ones; None: nothing was sent. An unknown cost counts as the maximum.

        `bound_usd`: the most the attempt could cost, where more is reserved, for the later turns of a conversation.
        Returns whether the dollars of `then`, the next attempt at the same job, were reserved at once.
        """
        if not self.is_limited:
            return then is not None
        async with self._changed:
            if cost is None:
                self._budget.release(reserved.key)
            else:
                spent = cost if isinstance(cost, CostUnknown) else cost.usd
                self._budget.settle(reserved.key, spent, bound_usd=bound_usd)
            self._held -= 1
            is_reserved = then is not None and self._reserve(then)
            self._changed.notify_all()
            return is_reserved

    async def release_model(self, label: str) -> None:
        """Give back what is reserved for a model that takes no further position."""
        async with self._changed:
            self._left.add(label)
            for key in self._not_taken.pop(label, set()):
                self._release(key)
            self._changed.notify_all()
