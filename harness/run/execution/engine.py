"""Sends a plan's jobs: every endpoint at its own pace, all outcomes safe before they are graded.

One asyncio loop for the calls, worker processes for the grades. It stops gently when asked or when something breaks
(what is in flight finishes), at once when cancelled (what was sent is listed as unknown). One job: call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from harness.core.clock import Clock
from harness.core.errors import LocalError
from harness.core.types import Attempt, Call, Completion, Endpoint, Failure, Grade, Job, Sample
from harness.providers import dialect_loader
from harness.providers.pacing.rate_limiter import CircuitOpen, RateLimiter
from harness.run.execution.budget_guard import BudgetShortfall, Reservation
from harness.run.execution.call import (
    BudgetExceeded,
    ConcurrencySlot,
    PriorAttempts,
    RunContext,
    RunStopping,
    call,
    was_sent,
)
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.progress import Progress
from harness.run.execution.supervisor import TaskSupervisor
from harness.run.planning.plan import Order, Plan, PlannedTask, job_at
from harness.store.codec import GradeLine, encode
from harness.store.log import LogWriter
from harness.store.resume import CompletedJobs

MAX_UNGRADED = 1000
UNREACHED_JOBS = 5
YIELD_EVERY = 32
"""Skipped jobs between two yields to the event loop: hashing a key takes about 30 us, and a blocked loop distorts
latencies."""


class AnswerGrader(Protocol):
    """Grades answers, never raises."""

    async def grade(self, request: GradeRequest) -> Grade:
        """The grade of one answer."""
        ...


class StoppingRule(Protocol):
    """Observes finished jobs; decides whether the run can stop early (early_stopping)."""

    @property
    def reason(self) -> str:
        """Why the run could stop, in words."""
        ...

    def observe(self, key: str, grade: Grade | None) -> bool:
        """Whether the run may stop, now that this job has ended; no grade where it has no answer."""
        ...


@dataclass(slots=True, kw_only=True)
class RunOutcome:
    """How a session ended. `closed`: endpoints that were stopped, with the reason. `unfunded_jobs`: jobs not sent for
    lack of budget, by label.

    `shortage`: the fewest dollars that one more of those would have needed. `trouble`: what of this machine broke.
    `stopped_early`: why no more than this was needed.
    """

    closed: dict[str, str] = field(default_factory=dict)
    unfunded_jobs: dict[str, int] = field(default_factory=dict)
    shortage: BudgetShortfall | None = None
    trouble: str | None = None
    stopped_early: str | None = None


@dataclass(slots=True, kw_only=True)
class Engine:
    """Everything a session needs to send its jobs; `context` and `progress` are shared with whoever watches.

    `limiters`: one per endpoint, by label.
    """

    plan: Plan
    completed: CompletedJobs
    context: RunContext
    pool: AnswerGrader
    grades: LogWriter
    progress: Progress
    clock: Clock
    limiters: Mapping[str, RateLimiter]
    stopping_rule: StoppingRule | None = None
    outcome: RunOutcome = field(default_factory=RunOutcome)
    ungraded: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_UNGRADED))
    supervisor: TaskSupervisor = field(init=False)
    internal_error: BaseException | None = None

    def __post_init__(self) -> None:
        self.supervisor = TaskSupervisor(self._on_task_error)

    async def run(self, backlog: Iterable[tuple[Call, Sample] | None]) -> RunOutcome:
        """Send every open job of every endpoint, grade all; `backlog`: stored answers that have no grade yet.

        None in the backlog is a chance for others to go on. A bug in one task stops the run gently and is raised at
        the end, when all that was in flight is safe.
        """
        order = self.plan.order()
        versions = {one.label: dialect_loader.load(one.dialect).version for one in self.plan.endpoints}
        self.progress.rate_limiters.update(self.limiters)
        for endpoint in self.plan.endpoints:
            worker = _EndpointWorker(
                engine=self, endpoint=endpoint, limiter=self.limiters[endpoint.label], versions=versions
            )
            self.supervisor.start(worker.run(order), name=f"worker {endpoint.label}")
        self.supervisor.start(self._grade_backlog(backlog), name="backlog")
        await self.supervisor.wait_all()
        if self.internal_error is not None:
            raise self.internal_error
        self.outcome.shortage = self.context.budget.shortage
        return self.outcome

    async def _grade_backlog(self, backlog: Iterable[tuple[Call, Sample] | None]) -> None:
        for item in backlog:
            if item is None or item[0].accepted is None:
                await asyncio.sleep(0)
                continue
            earlier, sample = item
            assert earlier.accepted is not None
            request = GradeRequest(grader=earlier.grader, sample=sample, completion=earlier.accepted)
            await self.schedule_grading(earlier.key, earlier.label, request)

    async def schedule_grading(self, key: str, label: str, request: GradeRequest) -> None:
        """Have an answer graded; waits while too many are waiting already, so that memory stays flat."""
        await self.ungraded.acquire()
        self.supervisor.start(self._grade(key, label, request))

    async def _grade(self, key: str, label: str, request: GradeRequest) -> None:
        try:
            grade = await self.pool.grade(request)
            self.grades.append_soon(encode(GradeLine(key=key, at=self.clock.now(), grade=grade)))
            self.progress.models[label].on_grade(grade)
            self.on_job_end(key, grade)
        finally:
            self.ungraded.release()

    def on_job_end(self, key: str, grade: Grade | None) -> None:
        """Tell the stopping rule of a job's end; send nothing more once the run may stop."""
        rule = self.stopping_rule
        if rule is not None and rule.observe(key, grade) and not self.context.stop.is_set():
            self.outcome.stopped_early = rule.reason
            self.context.stop.set()

    def _on_task_error(self, error: BaseException) -> None:
        """Something broke in one task: send nothing more, let the others finish, keep the first reason."""
        if isinstance(error, LocalError):
            self.outcome.trouble = self.outcome.trouble or str(error)
        else:
            self.internal_error = self.internal_error or error
        self.context.stop.set()


@dataclass(slots=True, kw_only=True)
class _EndpointWorker:
    """One endpoint's jobs, in order, as many in flight as its limit allows. `versions`: of the dialects, by label."""

    engine: Engine
    endpoint: Endpoint
    limiter: RateLimiter
    versions: Mapping[str, int]
    unreached: int = 0

    async def run(self, order: Order) -> None:
        try:
            await self._start_jobs(order)
        finally:
            await self.engine.context.budget.release_model(self.endpoint.label)

    async def _start_jobs(self, order: Order) -> None:
        slots = asyncio.Semaphore(self.endpoint.limits.max_concurrency)
        engine, label = self.engine, self.endpoint.label
        passed = started = 0
        begun = engine.clock.monotonic()
        for position, (planned, sample, repeat) in enumerate(engine.plan.positions(order)):
            if self._is_over():
                return
            passed += 1
            if passed % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            job = job_at(engine.plan, self.endpoint, planned, sample, repeat, self.versions[label])
            # Before a slot is taken, and for every position, also where this model is done: see budget_guard.
            is_funded = await self._is_funded(position, planned, sample, repeat)
            if engine.completed.is_done(job.key):
                continue
            if not is_funded:
                self._note_unfunded()
                continue
            await self._wait_until(begun + started * engine.plan.every_s)
            started += 1
            await slots.acquire()
            if self._is_over():
                return
            reservation = engine.context.reservation_for(job, 0)
            if engine.context.budget.reserve_first(reservation):
                slot = ConcurrencySlot(semaphore=slots, reservation=reservation)
                engine.supervisor.start(self._do_job(job, slot))
            else:
                self._note_unfunded()
                slots.release()

    def _note_unreached(self, attempt: Attempt) -> None:
        """Stop an endpoint that cannot be reached: its jobs stay open, and nobody waits for hours to be told."""
        self.unreached += 1
        if self.unreached >= UNREACHED_JOBS and self.limiter.closed_why is None and isinstance(attempt, Failure):
            self.limiter.closed_why = (
                f"stopped: {self.unreached} jobs in a row found no way to it, after all their attempts "
                f"({attempt.kind.value}): {attempt.message}"
            )

    async def _wait_until(self, instant: float) -> None:
        """Wait for a monotonic instant, or until the run stops; before the request is made, so in no latency."""
        seconds = instant - self.engine.clock.monotonic()
        if self.engine.plan.every_s and seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.engine.context.stop.wait(), seconds)

    def _note_unfunded(self) -> None:
        counts, label = self.engine.outcome.unfunded_jobs, self.endpoint.label
        counts[label] = counts.get(label, 0) + 1

    def _is_over(self) -> bool:
        """Whether nothing more is sent here, and why where the endpoint is the reason."""
        return self.engine.context.stop.is_set() or self._is_closed()

    def _is_closed(self) -> bool:
        why = self.limiter.closed_why
        if why is not None:
            self.engine.outcome.closed[self.endpoint.label] = why
            self.engine.progress.models[self.endpoint.label].note = why
        return why is not None

    async def _is_funded(self, position: int, planned: PlannedTask, sample: Sample, repeat: int) -> bool:
        budget = self.engine.context.budget
        if not budget.is_limited:
            return True
        decided = budget.is_open(position)
        if decided is None:
            decided = await budget.open_position(position, self._reservations(planned, sample, repeat))
        return decided

    def _reservations(self, planned: PlannedTask, sample: Sample, repeat: int) -> dict[str, Reservation]:
        """The maximum cost of this position for every model that has not done it."""
        engine = self.engine
        reservations = {}
        for endpoint in engine.plan.endpoints:
            job = job_at(engine.plan, endpoint, planned, sample, repeat, self.versions[endpoint.label])
            if not engine.completed.is_done(job.key):
                reservations[endpoint.label] = engine.context.reservation_for(job, 0)
        return reservations

    async def _do_job(self, job: Job, slot: ConcurrencySlot) -> None:
        engine, label = self.engine, self.endpoint.label
        completed = engine.completed
        prior = PriorAttempts(number=completed.numbers.get(job.key, 0), failures=completed.earlier.get(job.key, ()))
        try:
            attempt = await call(engine.context, self.limiter, job, slot, prior)
            if not was_sent(attempt):
                self._note_unreached(attempt)
                return
            self.unreached = 0
            engine.progress.models[label].on_job_end(attempt)
            if isinstance(attempt, Completion) and job.grader:
                request = GradeRequest(grader=job.grader, sample=job.sample, completion=attempt)
                await engine.schedule_grading(job.key, label, request)
            else:
                engine.on_job_end(job.key, None)
        except BudgetExceeded:
            self._note_unfunded()
        except (CircuitOpen, RunStopping):
            return  # the job stays open, for a resumed run
        finally:
            slot.release()
            self._is_closed()
