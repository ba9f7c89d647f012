"""Cuts a plan into blocks of positions, each with the dollars of its jobs, and takes back what lost workers had.

A position is opened for all models or for none (execution.budget_guard), so its jobs go to one worker together.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.core.clock import Clock
from harness.core.types import Job
from harness.run.attempt_prices import MaxCosts
from harness.run.distributed.messages import Block
from harness.run.execution.budget_guard import BudgetGuard, Reservation
from harness.run.execution.position_source import YIELD_EVERY
from harness.run.execution.run_context import reservation_for
from harness.run.planning.plan import JobBuilder, Plan
from harness.store.resume import CompletedJobs, OpenJob

MAX_BLOCK = 512


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A block that is being made."""

    positions: list[int] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    begun: dict[str, OpenJob] = field(default_factory=dict)
    reserved: list[Reservation] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class BlockQueue:
    """The positions that no worker has. `stopped`: labels that get nothing more; `unfunded`: jobs that the budget did
    not reach, by label. `kept`: dollars still reserved for jobs that a lost worker had not begun, by key.
    """

    plan: Plan
    completed: CompletedJobs
    budget: BudgetGuard
    costs: MaxCosts
    clock: Clock
    stopped: set[str] = field(default_factory=set)
    unfunded: Counter[str] = field(default_factory=Counter)
    kept: dict[str, Reservation] = field(default_factory=dict)
    builders: Mapping[str, JobBuilder] = field(init=False)
    _order: array[int] = field(init=False)
    _next: int = 0
    _number: int = 0
    _returned: dict[int, deque[int]] = field(default_factory=dict)
    _is_busy: bool = False

    def __post_init__(self) -> None:
        self.builders = {one.label: JobBuilder(plan=self.plan, endpoint=one) for one in self.plan.endpoints}
        self._order = self.plan.order()

    def is_empty(self, newest: int | None) -> bool:
        """Whether every position was handed out, or needs nobody; `newest`: the last worker that there will be."""
        returned = (lost for lost, positions in self._returned.items() if positions)
        return self._next >= self.plan.jobs_per_endpoint and all(
            newest is not None and lost >= newest for lost in returned
        )

    def size(self, wanted: int, workers: int) -> int:
        """Positions to give at once: few towards the end, so that all workers end together."""
        left = sum(map(len, self._returned.values())) + self.plan.jobs_per_endpoint - self._next
        return min(wanted, MAX_BLOCK, max(1, left // (2 * max(1, workers))))

    def put_back(self, lost: int, positions: Iterable[int]) -> None:
        """Take back positions of a lost worker; for workers after it they come before all others.

        Only for those: their segments are read after the lost one's, and a job's attempts must be read in their order.
        """
        self._returned.setdefault(lost, deque()).extend(positions)

    def jobs_at(self, position: int) -> dict[str, Job]:
        """The job of each endpoint at a position, by label."""
        entry = self.plan.position(self._order, position)
        return {label: builder.job(*entry) for label, builder in self.builders.items()}

    async def next_block(self, worker: int, size: int, *, returned_only: bool) -> Block | None:
        """A block of at most that many positions with open jobs for a worker; None where there is none now.

        `returned_only`: retries wait for dollars, which come before new positions.
        """
        if self._is_busy:  # another worker's block is being made, and positions are decided in order
            return None
        self._is_busy = True
        draft = _Draft()
        try:
            await self._fill(draft, worker, size, returned_only=returned_only)
        finally:
            self._is_busy = False
        if not draft.positions:
            return None
        self._number += 1
        return Block(
            number=self._number,
            positions=tuple(draft.positions),
            done=tuple(draft.done),
            begun=draft.begun,
            reserved=tuple(draft.reserved),
        )

    async def _fill(self, draft: _Draft, worker: int, size: int, *, returned_only: bool) -> None:
        examined = 0
        while len(draft.positions) < size:
            returned = next((one for lost, one in self._returned.items() if one and lost < worker), None)
            if returned is None and (returned_only or self._next >= self.plan.jobs_per_endpoint):
                return
            position = self._next if returned is None else returned[0]
            if not await self._admit(position, draft, is_returned=returned is not None):
                return
            if returned is not None:
                returned.popleft()
            else:
                self._next += 1
            examined += 1
            if examined % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _admit(self, position: int, draft: _Draft, *, is_returned: bool) -> bool:
        """Decide one position, and add it where it has jobs to do; False while that waits for dollars."""
        completed = self.completed
        is_plain = not (self.budget.is_limited or is_returned or len(completed.ended) or completed.numbers)
        if is_plain:  # nothing was done yet: the keys, some 30 us each, are worked out by the worker alone
            draft.positions.append(position)
            return True
        jobs = self.jobs_at(position)
        opened = {label: job for label, job in jobs.items() if not completed.is_done(job.key)}
        funded = opened
        if self.budget.is_limited:
            decided = await (self._fund_again(opened) if is_returned else self._fund(position, opened))
            if decided is None:
                return False
            draft.reserved += decided
            keys = {one.key for one in decided}
            funded = {label: job for label, job in opened.items() if job.key in keys or label in self.stopped}
            self.unfunded.update(label for label in opened if label not in funded)
        if not funded:
            return True
        draft.positions.append(position)
        keys = {job.key for job in funded.values()}
        draft.done += [job.key for job in jobs.values() if job.key not in keys]
        draft.begun.update((key, completed.open_job(key)) for key in keys if key in completed.numbers)
        return True

    async def _fund(self, position: int, jobs: Mapping[str, Job]) -> list[Reservation] | None:
        """The dollars of a new position for all models, none where it does not fit; None while it may fit later."""
        wanted = {label: self._reservation(job) for label, job in jobs.items() if label not in self.stopped}
        decided = self.budget.try_open(position, wanted)
        if decided is None:
            return None
        return [one for one in wanted.values() if decided and await self.budget.reserve_first(one)]

    async def _fund_again(self, jobs: Mapping[str, Job]) -> list[Reservation] | None:
        """The same for a position that a lost worker had: what it had begun is reserved anew, as for a retry."""
        for label, job in jobs.items():
            if job.key in self.kept or label in self.stopped:
                continue
            wanted = self._reservation(job)
            if (decided := self.budget.try_next(wanted, idle=len(self.kept))) is None:
                return None
            others = self.kept.keys() - {one.key for one in jobs.values()}
            if not decided and others:  # nothing is in flight that could bring dollars back but what is kept for later
                for key in others:
                    await self.budget.settle(self.kept.pop(key), None)
                decided = self.budget.try_next(wanted, idle=len(self.kept))
            if decided:
                self.kept[job.key] = wanted
        return [self.kept.pop(job.key) for job in jobs.values() if job.key in self.kept]

    def _reservation(self, job: Job) -> Reservation:
        had = self.completed.open_job(job.key)
        return reservation_for(
            self.costs,
            self.budget,
            self.clock,
            job,
            0,
            rules=self.plan.conversation,
            turns=len(had.turns),
            spent_usd=had.spent_usd,
        )
