"""Hands blocks of positions to workers, and holds the budget and the limits that all of them share.

A block is leased, not copied: one worker has it until its jobs have ended or the worker is lost (lost_worker). The
budget is decided here alone, by the same rules as in a run of one process (execution.budget_guard). One coordinator per
session, in the session's process or in a Ray actor; it belongs to one event loop and sends no request itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Endpoint
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.attempt_prices import MaxCosts
from harness.run.distributed.block_queue import BlockQueue
from harness.run.distributed.lost_worker import LostWork, count_again, take_lost_work
from harness.run.distributed.messages import (
    Ask,
    Block,
    Commands,
    EndedJob,
    GradeJob,
    Hello,
    Instructions,
    News,
    Overrun,
    Report,
    Welcome,
    WorkerTotals,
)
from harness.run.distributed.shared_limits import SharedEndpoint
from harness.run.execution.budget_guard import BudgetGuard, Reservation
from harness.run.execution.call import IN_FLIGHT
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.run_context import reservation_key
from harness.run.planning.manifest import has_budget, plan_of
from harness.store.key_table import KeyTable
from harness.store.leases import LeaseJournal
from harness.store.resume import CompletedJobs
from harness.store.run_dir import RunDir

MAX_SILENCE_S = 120.0
"""A worker that reports nothing for so long hangs; it reports every half minute where it has nothing to say."""
MAX_GRADING = 64
"""Answers of the backlog that a worker is given to grade at a time."""


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
        self._samples = self._run.samples()
        plan = replace(plan_of(manifest, self._samples), endpoints=spec.endpoints)
        self._endpoints = {one.label: one for one in spec.endpoints}
        self._book = load_book(own=manifest.prices)
        self._completed = spec.completed
        self._budget = BudgetGuard(spec.budget, is_limited=has_budget(manifest))
        self._own_budget = spec.budget
        self._queue = BlockQueue(
            plan=plan,
            completed=spec.completed,
            budget=self._budget,
            costs=MaxCosts(self._book),
            clock=clock,
        )
        self._shared = {one.label: SharedEndpoint(limits=one.limits, clock=clock) for one in spec.endpoints}
        self._workers: dict[int, _Worker] = {}
        self._graded = KeyTable()
        self._backlog: deque[GradeJob] = deque()
        self._overruns: list[Overrun] = []
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
        overruns = tuple(self._overruns[own.overruns_told :])
        own.overruns_told = len(self._overruns)
        return Instructions(
            block=block,
            grade=self._lease_grading(report.worker, own),
            answers=self._answers(own),
            endpoints=shares,
            overruns=overruns,
            overcommitted=self._overcommitted(),
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
        overcommitted = self._overcommitted()
        return commands.stop, commands.paused, commands.limits, waits, len(self._overruns), overcommitted, self._is_done

    def _wake_workers(self, before: tuple[object, ...]) -> None:
        if self._common() != before:
            for own in self._workers.values():
                own.changed.set()

    def _overcommitted(self) -> frozenset[str]:
        return frozenset(label for label in self._endpoints if self._own_budget.is_overcommitted(label))

    async def _take_in(self, own: _Worker, report: Report) -> None:
        for settlement in report.settled:
            reserved = own.reserved.pop(settlement.key, None)
            if reserved is None:
                continue
            await self._settle(reserved, settlement.cost, settlement.bound_usd, settlement.then)
            if settlement.then is not None:
                own.reserved[settlement.then.key] = settlement.then
        for ended in report.ended:
            if ended.grade_line is not None:
                self._graded.put(ended.key, 1)
            own.grading.pop(ended.key, None)
        self._ended += report.ended
        for number in report.finished:
            own.blocks.pop(number, None)
        for job in report.ungradable:
            own.grading.pop(job.key, None)
        self._backlog.extend(report.ungradable)
        self._simulated += report.simulated
        own.asks.update((ask.number, ask) for ask in report.asks)
        own.totals = report.totals or own.totals

    async def _settle(
        self,
        reserved: Reservation,
        cost: Cost | CostUnknown | None,
        bound_usd: Decimal | None = None,
        then: Reservation | None = None,
    ) -> None:
        """As BudgetGuard.settle; `then` is held whether or not it fits, because the worker has it."""
        if not await self._budget.settle(reserved, cost, bound_usd=bound_usd, then=then) and then is not None:
            self._budget.take_up(then)
        bound_usd = reserved.max_usd if bound_usd is None else bound_usd
        if isinstance(cost, Cost) and cost.usd > bound_usd:
            self._overruns.append(Overrun(label=reserved.label, bound_usd=bound_usd, billed_usd=cost.usd))

    async def _note_stopped(self) -> None:
        for label, shared in self._shared.items():
            if shared.state.stopped is not None and label not in self._queue.stopped:
                self._queue.stopped.add(label)
                await self._budget.release_model(label)

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

    def _answers(self, own: _Worker) -> dict[int, bool]:
        """The wishes for dollars that can be decided now."""
        answers: dict[int, bool] = {}
        for ask in list(own.asks.values()):
            decided = self._budget.try_next(ask.reservation)
            if decided is None and ask.waits:
                continue
            del own.asks[ask.number]
            answers[ask.number] = bool(decided)
            if decided:
                own.reserved[ask.reservation.key] = ask.reservation
        return answers

    def _lease_grading(self, worker: int, own: _Worker) -> tuple[GradeJob, ...]:
        found: list[GradeJob] = []
        is_alone = sum(not one.is_ended for one in self._workers.values()) == 1
        for _ in range(min(len(self._backlog), MAX_GRADING - len(own.grading))):
            job = self._backlog.popleft()
            if job.request.grader in own.hello.ungraded or (worker in job.tried and not is_alone):
                self._backlog.append(job)
            else:
                found.append(job)
        own.grading.update((job.key, job) for job in found)
        return tuple(found)

    @property
    def _is_done(self) -> bool:
        """Whether nothing is left for any worker, nor may come back from one that is lost."""
        newest = None if self._commands.has_more_workers else max(self._workers, default=0)
        if not self._queue.is_empty(newest) or not self._commands.has_whole_backlog:
            return False
        working = [own for own in self._workers.values() if not own.is_ended]
        can_grade = any(job.request.grader not in own.hello.ungraded for job in self._backlog for own in working)
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
        self._backlog.extend(commands.grade)
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
            backlog=len(self._backlog),
            unfunded=dict(self._queue.unfunded),
            shortage=self._budget.shortage,
            spent={label: self._own_budget.spent_of(label) for label in ("", *self._endpoints)},
        )
        for told in (self._ended, self._simulated, self._hellos):
            told.clear()
        return news

    async def _release_kept(self) -> None:
        while self._queue.kept:
            _, reserved = self._queue.kept.popitem()
            await self._settle(reserved, None)

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
        await self._settle_lost(own, lost)
        own.asks.clear()
        if is_whole:
            await self._return_blocks(worker, own)
        else:
            await self._withhold_blocks(own)
        self._return_grading(own, lost)
        last = own.totals
        models = count_again(lost, self._endpoints, self._book, {} if last is None else last.models)
        outcome = RunOutcome() if last is None else RunOutcome(overruns=last.outcome.overruns)
        own.totals = WorkerTotals(models=models, outcome=outcome)
        return any(made.attempt is not None for made in lost.attempts)

    async def _settle_lost(self, own: _Worker, lost: LostWork) -> None:
        """Settle what the worker had not reported: the attempts of reserved dollars, and those that it made after them
        of what was left (LeasedBudget.settle).
        """
        unreported = set()
        for made in lost.attempts:
            key = made.head.key
            reserved = own.reserved.pop(reservation_key(key, made.number), None)
            if reserved is None and key in unreported:
                reserved = Reservation(key=key, label=made.head.label, max_usd=made.at_most_usd)
                self._budget.take_up(reserved)
            if reserved is not None:
                unreported.add(key)
                await self._settle(reserved, made.cost, made.bound_usd)

    async def _return_blocks(self, worker: int, own: _Worker) -> None:
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
        own.blocks.clear()
        self._queue.put_back(worker, positions)
        for reserved in own.reserved.values():  # of retries that were not sent
            await self._settle(reserved, None)
        own.reserved.clear()

    async def _withhold_blocks(self, own: _Worker) -> None:
        """Count every attempt that the worker had dollars for as sent, outcome unknown."""
        own.blocks.clear()
        for reserved in own.reserved.values():
            await self._settle(reserved, IN_FLIGHT)
        own.reserved.clear()

    def _return_grading(self, own: _Worker, lost: LostWork) -> None:
        self._backlog.extend(own.grading.values())
        known = {job.key for job in self._backlog}
        own.grading.clear()
        for head, answer in ((job.head, job.answer) for job in lost.ended):
            is_graded = not head.grader or head.key in known or self._graded.get(head.key)
            if answer is not None and not is_graded:
                sample = self._samples[head.task, head.sample_id]
                request = GradeRequest(grader=head.grader, sample=sample, completion=answer)
                self._backlog.append(GradeJob(key=head.key, label=head.label, request=request))
