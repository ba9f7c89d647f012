"""Hands blocks of positions to workers, and holds the budget and the limits that all of them share.

A block is leased, not copied: one worker has it until its jobs have ended or the worker is lost (lost_worker). The
budget is decided here alone, by the same rules as in a run of one process (execution.budget_guard). One coordinator per
session, in the session's process or in a Ray actor; it belongs to one event loop and sends no request itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.types import Endpoint
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.attempt_prices import MaxCosts
from harness.run.distributed.block_queue import BlockQueue
from harness.run.distributed.grade_backlog import GradeBacklog
from harness.run.distributed.lost_worker import count_again, take_lost_work
from harness.run.distributed.messages import (
    Ask,
    Block,
    Commands,
    EndedJob,
    GradeJob,
    Hello,
    Instructions,
    News,
    Report,
    Welcome,
    WorkerTotals,
)
from harness.run.distributed.shared_budget import SharedBudget
from harness.run.distributed.shared_limits import SharedEndpoint
from harness.run.execution.budget_guard import BudgetGuard, Reservation
from harness.run.execution.outcome import RunOutcome
from harness.run.planning.manifest import has_budget, plan_of
from harness.store.leases import LeaseJournal
from harness.store.resume import CompletedJobs
from harness.store.run_dir import RunDir

MAX_SILENCE_S = 120.0
"""A worker that reports nothing for so long hangs; it reports every half minute where it has nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorSpec:
    """What a coordinator starts from: the run's folder, its endpoints with the addresses of simulated ones, what
    earlier sessions did, and the budget with what they spent. `probe`: as in `WorkerSpec`.
    """

    run: Path
    endpoints: tuple[Endpoint, ...]
    completed: CompletedJobs
    budget: Budget
    probe: str = ""


@dataclass(slots=True, kw_only=True)
class _Worker:
    """What the coordinator knows of one worker: what is leased to it, and what it has reported."""

    hello: Hello
    blocks: dict[int, Block] = field(default_factory=dict)
    reserved: dict[str, Reservation] = field(default_factory=dict)
    asks: dict[int, Ask] = field(default_factory=dict)
    grading: dict[str, GradeJob] = field(default_factory=dict)
    overruns_told: int = 0
    totals: WorkerTotals | None = None
    seen_s: float = 0.0
    is_ended: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Coordinator:
    """Answers the reports of workers, and tells the session what they did."""

    def __init__(self, spec: CoordinatorSpec, clock: Clock = SYSTEM_CLOCK) -> None:
        """Raises LocalError where the run's folder is damaged."""
        self._clock = clock
        self._run = RunDir(spec.run)
        manifest = self._run.manifest()
        samples = self._run.samples()
        plan = replace(plan_of(manifest, samples), endpoints=spec.endpoints)
        self._endpoints = {one.label: one for one in spec.endpoints}
        self._book = load_book(own=manifest.prices)
        self._completed = spec.completed
        guard = BudgetGuard(spec.budget, is_limited=has_budget(manifest))
        self._budget = SharedBudget(budget=spec.budget, guard=guard)
        self._queue = BlockQueue(
            plan=plan,
            completed=spec.completed,
            budget=guard,
            costs=MaxCosts(self._book),
            clock=clock,
        )
        self._shared = {one.label: SharedEndpoint(limits=one.limits, clock=clock) for one in spec.endpoints}
        self._workers: dict[int, _Worker] = {}
        self._backlog = GradeBacklog(samples=samples)
        self._ended: list[EndedJob] = []
        self._simulated: list[str] = []
        self._hellos: list[Hello] = []
        self._commands = Commands()
        self._leases = LeaseJournal(spec.run)

    # What workers call

    async def greet(self, hello: Hello) -> Welcome:
        """Take a worker in."""
        if hello.worker not in self._workers:
            self._workers[hello.worker] = _Worker(hello=hello, seen_s=self._clock.monotonic())
            self._hellos.append(hello)
        return Welcome(now=self._clock.now())

    async def exchange(self, report: Report) -> Instructions:
        """Take in a report, and say what the worker is to do."""
        own = self._workers.get(report.worker)
        if own is None or own.is_ended:  # taken for lost: what it had may be another's by now
            return Instructions(stop=True, is_done=True)
        own.seen_s = self._clock.monotonic()
        before = self._common()
        await self._take_in(own, report)
        shares = {label: self._shared[label].share(report.worker, one) for label, one in report.endpoints.items()}
        if report.is_last:
            self._close(report.worker, own)
        await self._note_stopped()
        self._wake_workers(before)
        if report.is_last:
            return Instructions(stop=True, is_done=True)
        own.changed.clear()  # it is told now
        block = await self._lease(report.worker, own, report.wants)
        overruns = tuple(self._budget.overruns[own.overruns_told :])
        own.overruns_told = len(self._budget.overruns)
        return Instructions(
            block=block,
            grade=self._lease_grading(report.worker, own),
            answers=self._budget.answers(own.asks, own.reserved),
            endpoints=shares,
            overruns=overruns,
            overcommitted=self._budget.overcommitted(self._endpoints),
            stop=self._commands.stop,
            is_done=self._is_done,
        )

    async def wait_for_change(self, worker: int) -> bool:
        """Wait until a worker should report to be told of something, though it has nothing to say; False: it has ended.

        Of a stop, a wait or a limit; so it need not ask several times a second whether there is one.
        """
        own = self._workers.get(worker)
        if own is None or own.is_ended:
            return False
        await own.changed.wait()
        own.changed.clear()
        return not own.is_ended

    def _common(self) -> tuple[object, ...]:
        """What all workers are told soon after it changes."""
        commands = self._commands
        waits = tuple(shared.waits for shared in self._shared.values())
        dollars = len(self._budget.overruns), self._budget.overcommitted(self._endpoints)
        return commands.stop, commands.paused, commands.limits, waits, dollars, self._is_done

    def _wake_workers(self, before: tuple[object, ...]) -> None:
        if self._common() != before:
            for own in self._workers.values():
                own.changed.set()

    async def _take_in(self, own: _Worker, report: Report) -> None:
        await self._budget.take_in(report.settled, own.reserved)
        self._backlog.note_ended(report.ended, own.grading)
        self._backlog.put_back(report.ungradable, own.grading)
        self._ended += report.ended
        for number in report.finished:
            own.blocks.pop(number, None)
        self._simulated += report.simulated
        own.asks.update((ask.number, ask) for ask in report.asks)
        own.totals = report.totals or own.totals

    async def _note_stopped(self) -> None:
        for label, shared in self._shared.items():
            if shared.state.stopped is not None and label not in self._queue.stopped:
                self._queue.stopped.add(label)
                await self._budget.guard.release_model(label)

    async def _lease(self, worker: int, own: _Worker, wanted: int) -> Block | None:
        if wanted <= 0 or self._commands.stop:
            return None
        is_retrying = any(one.asks for one in self._workers.values())
        working = sum(not one.is_ended for one in self._workers.values())
        size = self._queue.size(wanted, working)
        block = await self._queue.next_block(worker, size, returned_only=is_retrying)
        if block is not None:
            own.blocks[block.number] = block
            own.reserved.update((one.key, one) for one in block.reserved)
            if own.hello.own_segment:  # before it can send any of them: should its node be lost, nobody else sends them
                await asyncio.to_thread(self._leases.note_lease, own.hello.own_segment, block.positions)
        return block

    def _lease_grading(self, worker: int, own: _Worker) -> tuple[GradeJob, ...]:
        is_alone = sum(not one.is_ended for one in self._workers.values()) == 1
        return self._backlog.lease(worker, own.hello.ungraded, own.grading, is_alone=is_alone)

    @property
    def _is_done(self) -> bool:
        """Whether nothing is left for any worker, nor may come back from one that is lost."""
        newest = None if self._commands.has_more_workers else max(self._workers, default=0)
        if not self._queue.is_empty(newest) or not self._commands.has_whole_backlog:
            return False
        working = [own for own in self._workers.values() if not own.is_ended]
        can_grade = any(self._backlog.has_any_for(own.hello.ungraded) for own in working)
        return not can_grade and not any(own.blocks or own.grading for own in working)

    def _close(self, number: int, own: _Worker) -> None:
        own.is_ended = True
        own.changed.set()
        for shared in self._shared.values():
            shared.release(number)

    # What the session calls

    async def steer(self, commands: Commands) -> News:
        """Pass on what the session wants, and say what has happened since the last call."""
        before, self._commands = self._common(), commands
        self._backlog.jobs.extend(commands.grade)
        if commands.stop or not commands.has_more_workers:  # nobody takes up what lost workers had not begun
            await self._release_kept()
        for label, shared in self._shared.items():
            shared.is_paused = label in commands.paused
            shared.manual_limit = commands.limits.get(label)
        self._wake_workers(before)
        since_s = self._clock.monotonic() - MAX_SILENCE_S
        news = News(
            silent=tuple(number for number, own in self._workers.items() if not own.is_ended and own.seen_s < since_s),
            ended=tuple(self._ended),
            simulated=tuple(self._simulated),
            totals={number: own.totals for number, own in self._workers.items() if own.totals is not None},
            in_flight={label: one.in_flight for label, one in self._shared.items()},
            states={label: one.state for label, one in self._shared.items()},
            hellos=tuple(self._hellos),
            backlog=len(self._backlog.jobs),
            unfunded=dict(self._queue.unfunded),
            shortage=self._budget.guard.shortage,
            spent={label: self._budget.budget.spent_of(label) for label in ("", *self._endpoints)},
        )
        for told in (self._ended, self._simulated, self._hellos):
            told.clear()
        return news

    async def _release_kept(self) -> None:
        while self._queue.kept:
            _, reserved = self._queue.kept.popitem()
            await self._budget.settle(reserved, None)

    async def has_ended(self, worker: int) -> bool:
        """Whether a worker has given its last report."""
        own = self._workers.get(worker)
        return own is not None and own.is_ended

    async def on_lost(self, worker: int, segment: Path, *, is_whole: bool = True) -> bool:
        """Take back what a lost worker had, by what its segment says; whether it had done anything.

        Call it once nobody writes to the segment any more. Where not all of it is here, nothing goes to others: its
        node may hold the outcomes. Raises LocalError for a damaged segment.
        """
        own = self._workers.get(worker)
        if own is None:
            return False
        self._close(worker, own)
        lost = take_lost_work(self._completed, self._run, segment, self._endpoints, self._book)
        await self._budget.settle_lost(lost.attempts, own.reserved)
        own.asks.clear()
        if is_whole:
            self._return_blocks(worker, own)
        own.blocks.clear()
        await self._budget.settle_rest(own.reserved, may_be_sent=not is_whole)  # whole: retries that were not sent
        self._backlog.return_lost(lost.ended, own.grading)
        last = own.totals
        models = count_again(lost, self._endpoints, self._book, {} if last is None else last.models)
        outcome = RunOutcome() if last is None else RunOutcome(overruns=last.outcome.overruns)
        own.totals = WorkerTotals(models=models, outcome=outcome)
        return any(made.attempt is not None for made in lost.attempts)

    def _return_blocks(self, worker: int, own: _Worker) -> None:
        positions = []
        for block in own.blocks.values():
            not_for_it = frozenset(block.done)
            for position in block.positions:
                keys = [job.key for job in self._queue.jobs_at(position).values()]
                is_open = False
                for key in keys:
                    if key in not_for_it or self._completed.is_done(key):
                        continue
                    is_open = True
                    if key in own.reserved:
                        self._queue.kept[key] = own.reserved.pop(key)
                if is_open:
                    positions.append(position)
        self._queue.put_back(worker, positions)
