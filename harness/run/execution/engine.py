"""Sends a plan's jobs: every endpoint at its own pace, all outcomes safe before they are graded.

One asyncio loop for the calls, worker processes for the grades. It stops gently when asked or when something breaks
(what is in flight finishes), at once when cancelled (what was sent is listed as unknown). One job: call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.clock import Clock
from harness.core.conversations import ConversationRules
from harness.core.types import Call, Completion, Endpoint, Failure, Job, Sample
from harness.providers.pacing.circuit_breaker import CircuitOpen
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.pacing.retry import is_probably_billed
from harness.run.conversation.conversation import Conversation, TurnFailed
from harness.run.conversation.hold import hold
from harness.run.execution.answer_grading import AnswerGrader, AnswerGrading, GradeLines, StoppingRule
from harness.run.execution.budget_guard import Reservation
from harness.run.execution.call import (
    BudgetExceeded,
    ConcurrencySlot,
    JobEnd,
    PriorAttempts,
    RunStopping,
    call,
)
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.outcome import OpenJobs, RunOutcome
from harness.run.execution.position_source import PlanPositions, PositionSource
from harness.run.execution.prefix_gate import PrefixGate
from harness.run.execution.progress import JobWait, Progress
from harness.run.execution.run_context import RunContext
from harness.run.execution.same_samples import SameSamples
from harness.run.execution.supervisor import GentleStop, TaskSupervisor
from harness.run.planning.plan import JobBuilder, Plan, PlannedTask
from harness.store.resume import CompletedJobs

NEXT_JOB = "next"
"""Key of the wait of a job that is not started yet."""
MIN_UNSYNCED = 96
"""Answers of an endpoint that may wait for the disk beside those in flight; as many as those, if that is more.

Lines are synced every 20 ms, so with fewer a server that answers at once would wait for the disk most of the time.
"""


@dataclass(slots=True, kw_only=True)
class Engine:
    """Everything a session needs to send its jobs; `context` and `progress` are shared with whoever watches.

    `limiters`: one per endpoint, by label. `keep_going`: models go on with samples that are open at a stopped endpoint.
    `source`: the positions to do; the whole plan unless given.
    """

    plan: Plan
    completed: CompletedJobs
    context: RunContext
    pool: AnswerGrader
    grades: GradeLines
    progress: Progress
    clock: Clock
    limiters: Mapping[str, RateLimiter]
    stopping_rule: StoppingRule | None = None
    keep_going: bool = False
    outcome: RunOutcome = field(default_factory=RunOutcome)
    errors: GentleStop = field(init=False)
    supervisor: TaskSupervisor = field(init=False)
    grading: AnswerGrading = field(init=False)
    same_samples: SameSamples = field(init=False)
    builders: Mapping[str, JobBuilder] = field(init=False)
    gates: Mapping[str, PrefixGate] = field(init=False)
    source: PositionSource | None = None
    positions: PositionSource = field(init=False)

    def __post_init__(self) -> None:
        self.errors = GentleStop(outcome=self.outcome, stop=self.context.stop)
        self.supervisor = TaskSupervisor(self.errors.on_error)
        self.grading = AnswerGrading(
            pool=self.pool,
            grades=self.grades,
            progress=self.progress,
            clock=self.clock,
            supervisor=self.supervisor,
            outcome=self.outcome,
            stop=self.context.stop,
            stopping_rule=self.stopping_rule,
        )
        self.positions = PlanPositions(self.plan) if self.source is None else self.source
        self.builders = {one.label: JobBuilder(plan=self.plan, endpoint=one) for one in self.plan.endpoints}
        self.gates = {label: PrefixGate() for label in self.builders}
        self.same_samples = SameSamples(
            limiters=self.limiters, stop=self.context.stop, is_done=self._was_done, keep_going=self.keep_going
        )

    async def run(self, backlog: Iterable[tuple[Call, Sample] | None]) -> RunOutcome:
        """Send every open job of every endpoint, grade all; `backlog`: stored answers that have no grade yet.

        None in the backlog is a chance for others to go on. A bug in one task stops the run gently and is raised at
        the end, when all that was in flight is safe.
        """
        self.progress.rate_limiters.update(self.limiters)
        for limiter in self.limiters.values():
            limiter.breaker.on_change = self.same_samples.on_change
        for endpoint in self.plan.endpoints:
            limiter = self.limiters[endpoint.label]
            worker = _EndpointWorker(engine=self, endpoint=endpoint, limiter=limiter)
            self.supervisor.start(worker.run(), name=f"worker {endpoint.label}")
        self.supervisor.start(self.grading.grade_backlog(backlog), name="backlog")
        await self.supervisor.wait_all()
        self.errors.raise_bug()
        self.outcome.shortage = self.context.budget.shortage
        self.outcome.overruns = self.context.budget.overruns
        return self.outcome

    def _was_done(self, label: str, position: int) -> bool:
        """Whether an earlier session has done an endpoint's job at a position."""
        return self.completed.is_done(self._key_at(label, position))

    def reservation_of(self, job: Job) -> Reservation:
        """The dollars to reserve for a job before its first request of this session."""
        if self.context.rules is None:
            return self.context.reservation_for(job, 0)
        had = self.completed.open_job(job.key)
        return self.context.reservation_for(job, 0, turns=len(had.turns), spent_usd=had.spent_usd)

    def _key_at(self, label: str, position: int) -> str:
        return self.builders[label].key(*self.positions.entry(position))


@dataclass(slots=True, kw_only=True)
class _EndpointWorker:
    """One endpoint's jobs, in order, as many in flight as its limit allows."""

    engine: Engine
    endpoint: Endpoint
    limiter: RateLimiter

    async def run(self) -> None:
        try:
            async with contextlib.aclosing(self.engine.positions.numbers(self.endpoint.label)) as positions:
                await self._start_jobs(positions)
        finally:  # dollars held for jobs that this model will not start must be free for the others
            await self.engine.context.budget.release_model(self.endpoint.label)

    async def _start_jobs(self, positions: AsyncGenerator[int, None]) -> None:
        # One for each endpoint: a shared one would let a slow provider hold the slots of all others.
        slots = asyncio.Semaphore(self.endpoint.limits.max_concurrency)
        most = self.endpoint.limits.max_concurrency
        unsynced = asyncio.Semaphore(most + max(most, MIN_UNSYNCED))
        engine, builder = self.engine, self.engine.builders[self.endpoint.label]
        started = 0
        begun = engine.clock.monotonic()
        async for position in positions:
            if self._is_over():
                engine.positions.on_ended(self.endpoint.label, position)
                return
            planned, sample, repeat = engine.positions.entry(position)
            if self._is_passed(position, planned, sample, repeat):
                continue
            job = builder.job(planned, sample, repeat)
            if not await self._may_start(job, position, planned):
                engine.positions.on_ended(self.endpoint.label, position)
                continue
            # Counted from the first request and not from the last one: a slow answer must not shift all later ones.
            if engine.plan.every_s:
                await self._wait_until(begun + started * engine.plan.every_s)
            started += 1
            # Asked again below: a stop, or a broken endpoint, may have come during the wait.
            await unsynced.acquire()
            await slots.acquire()
            if self._is_over():
                engine.positions.on_ended(self.endpoint.label, position)
                return
            await self._start(job, position, ConcurrencySlot(semaphore=slots, unsynced=unsynced, reservation=None))

    def _is_passed(self, position: int, planned: PlannedTask, sample: Sample, repeat: int) -> bool:
        """Whether an earlier session has done the job at this position, and no budget has to be asked about it.

        A resumed run passes over most of its jobs: of those it makes the keys alone.
        """
        engine, label = self.engine, self.endpoint.label
        completed = engine.completed
        if not len(completed.ended) or engine.context.budget.is_limited:
            return False
        if not completed.is_done(engine.builders[label].key(planned, sample, repeat)):
            return False
        engine.same_samples.on_passed(label, position)
        engine.positions.on_ended(label, position)
        return True

    async def _may_start(self, job: Job, position: int, planned: PlannedTask) -> bool:
        """Whether the job at this position is open, fits into the budget and is asked of the other models too."""
        engine, label = self.engine, self.endpoint.label
        # Before a slot is taken, and for every position, also where this model is done: see budget_guard.
        is_funded = True
        if engine.context.budget.is_limited:
            with self._waiting_for("budget"):
                is_funded = await self._is_funded(position, planned, job.sample, job.repeat)
        if engine.completed.is_done(job.key):
            engine.same_samples.on_passed(label, position)
            return False
        if not is_funded:
            self._note_unfunded()
            return False
        may_start = engine.same_samples.try_start(label, position)
        if may_start is None:
            with self._waiting_for("a paused model"):
                may_start = await engine.same_samples.may_start(label, position)
        if not may_start:
            await engine.context.budget.release_first(engine.reservation_of(job))
            engine.outcome.held_back[label] = engine.outcome.held_back.get(label, 0) + 1
            return False
        return True

    async def _start(self, job: Job, position: int, slot: ConcurrencySlot) -> None:
        reservation = self.engine.reservation_of(job)
        if not await self.engine.context.budget.reserve_first(reservation):
            self._note_unfunded()
            self.engine.positions.on_ended(self.endpoint.label, position)
            slot.end()
            return
        self.engine.same_samples.on_started(self.endpoint.label, position)
        slot.reservation = reservation
        slot.spent_usd = self.engine.completed.spent_usd.get(job.key, Decimal(0))
        self.engine.supervisor.start(self._do_job(job, position, slot))

    async def _wait_until(self, instant: float) -> None:
        """Wait for a monotonic instant, or until the run stops; before the request is made, so in no latency."""
        seconds = instant - self.engine.clock.monotonic()
        if seconds > 0:
            with self._waiting_for("the next request", instant), contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.engine.context.stop.wait(), seconds)

    @contextlib.contextmanager
    def _waiting_for(self, reason: str, until_s: float | None = None) -> Iterator[None]:
        """Have the display say what the next job of this endpoint waits for."""
        model = self.engine.progress.models[self.endpoint.label]
        model.on_wait(NEXT_JOB, JobWait(reason=reason, until_s=until_s))
        try:
            yield
        finally:
            model.on_wait(NEXT_JOB, None)

    def _note_unfunded(self) -> None:
        counts, label = self.engine.outcome.unfunded_jobs, self.endpoint.label
        counts[label] = counts.get(label, 0) + 1

    def _is_over(self) -> bool:
        """Whether nothing more is sent here, and why where the endpoint is the reason."""
        return self.engine.context.stop.is_set() or self._is_stopped()

    def _is_stopped(self) -> bool:
        stopped = self.limiter.breaker.stopped
        if stopped is not None:
            self.engine.outcome.stopped[self.endpoint.label] = stopped
            self.engine.progress.models[self.endpoint.label].note = f"stopped: {stopped.why}"
        return stopped is not None

    async def _is_funded(self, position: int, planned: PlannedTask, sample: Sample, repeat: int) -> bool:
        budget = self.engine.context.budget
        decided = budget.is_open(position)
        if decided is None:
            decided = await budget.open_position(position, self._reservations(planned, sample, repeat))
        return decided

    def _reservations(self, planned: PlannedTask, sample: Sample, repeat: int) -> dict[str, Reservation]:
        """The maximum cost of this position for every model that has not done it."""
        engine = self.engine
        reservations = {}
        for label, builder in engine.builders.items():
            job = builder.job(planned, sample, repeat)
            if not engine.completed.is_done(job.key):
                reservations[label] = engine.reservation_of(job)
        return reservations

    async def _do_job(self, job: Job, position: int, slot: ConcurrencySlot) -> None:
        engine, label = self.engine, self.endpoint.label
        completed = engine.completed
        prior = PriorAttempts(number=completed.numbers.get(job.key, 0), failures=completed.earlier.get(job.key, ()))
        is_final = False
        try:
            if engine.context.rules is None:
                end = await self._call(job, slot, prior)
                is_final = end.is_final
                await self._on_end(job, end)
            else:
                is_final = await self._converse(engine.context.rules, job, slot, prior)
        except BudgetExceeded:
            self._note_unfunded()
        except (CircuitOpen, RunStopping):
            return  # the job stays open, for a resumed run
        finally:
            slot.end()
            engine.same_samples.on_ended(label, position, is_final=is_final)
            engine.positions.on_ended(label, position)
            self._is_stopped()

    async def _call(self, job: Job, slot: ConcurrencySlot, prior: PriorAttempts) -> JobEnd:
        """Send a job; in a warm run after the first request that begins as this one does, and the display says so."""
        engine, label = self.engine, self.endpoint.label
        keys = engine.builders[label].beginning(job.task, job.sample.id).keys
        if not keys:
            return await call(engine.context, self.limiter, job, slot, prior)
        engine.context.on_wait(job, JobWait(reason="a prompt cache"))
        async with engine.gates[label].passing(keys) as passage:
            engine.context.on_wait(job, None)
            end = await call(engine.context, self.limiter, job, slot, prior)
            passage.is_answered = isinstance(end.attempt, Completion)
        return end

    async def _converse(self, rules: ConversationRules, job: Job, slot: ConcurrencySlot, prior: PriorAttempts) -> bool:
        """Have the conversation of a job; whether it has ended."""
        engine = self.engine
        conversation = Conversation(
            context=engine.context,
            limiter=self.limiter,
            slot=slot,
            rules=rules,
            job=job,
            prior=prior,
            restored=engine.completed.turns.get(job.key, ()),
        )
        try:
            answer, grade = await hold(conversation, engine.pool)
        except TurnFailed as failed:
            await self._on_end(job, failed.end)
            return failed.end.is_final
        finally:
            await conversation.release()
        engine.progress.models[self.endpoint.label].on_job_end(answer)
        if grade is None:
            engine.grading.on_job_end(job.key, None)
        else:
            engine.grading.record(job.key, self.endpoint.label, grade)
        return True

    async def _on_end(self, job: Job, end: JobEnd) -> None:
        engine, attempt = self.engine, end.attempt
        if isinstance(attempt, Failure):
            if end.is_lost:
                self.limiter.on_lost_job(attempt, was_paid=is_probably_billed(attempt))
            # Nothing is graded: the endpoint caused this failure, and --resume sends the job again.
            if not end.is_final:
                self._note_open(attempt)
                return
        engine.progress.models[self.endpoint.label].on_job_end(attempt)
        if isinstance(attempt, Completion) and job.grader:
            request = GradeRequest(grader=job.grader, sample=job.sample, completion=attempt)
            await engine.grading.schedule(job.key, self.endpoint.label, request)
        else:
            engine.grading.on_job_end(job.key, None)

    def _note_open(self, failure: Failure) -> None:
        """Count a job that the endpoint left without an answer."""
        causes = self.engine.outcome.left_open.setdefault(self.endpoint.label, {})
        jobs = causes.setdefault(failure.kind, OpenJobs())
        jobs.count += 1
        jobs.message = failure.message
