"""One worker: the engine of run.execution on the blocks that the coordinator leases to it, with a segment of its own.

It reports several times a second and does what it is told. Once the coordinator cannot be reached it sends nothing
more, finishes what is in flight and ends. Local processes and Ray run the same function.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from os import getpid
from typing import Any, Protocol

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.conversations import AGENT
from harness.core.errors import HarnessError, LocalError, UsageError
from harness.core.types import Endpoint, Grade, Verdict
from harness.grading.base import GraderOptions
from harness.pricing.book import load_book
from harness.pricing.served import other_model
from harness.providers.client import ClientContext
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.circuit_breaker import PAUSE_FROM_S, CircuitBreaker
from harness.providers.pacing.rate_limiter import RateLimiter, ramp_per_s
from harness.providers.pacing.token_bucket import RateBuckets
from harness.providers.transport.timing import EventLoopLagMonitor
from harness.run.distributed.leased_budget import LeasedBudget
from harness.run.distributed.leased_limits import LeasedBucket, LeasedEndpoint
from harness.run.distributed.leased_positions import LeasedPositions
from harness.run.distributed.messages import (
    EndedJob,
    GradeJob,
    Hello,
    Instructions,
    Report,
    Welcome,
    WorkerSpec,
    WorkerTotals,
)
from harness.run.distributed.probe import sees, unseen
from harness.run.execution.answer_grading import AnswerGrading
from harness.run.execution.engine import Engine
from harness.run.execution.grade_pool import GradePool, GradeRequest
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import ModelProgress, Progress
from harness.run.execution.recording import open_backends
from harness.run.execution.run_context import RunContext
from harness.run.planning.agent_tasks import agent_version
from harness.run.planning.checks import check_graders
from harness.run.planning.manifest import grader_options, has_budget, plan_of
from harness.run.planning.plan import Plan
from harness.store.codec import Manifest, WorkerStamp
from harness.store.log import LogWriter
from harness.store.resume import CompletedJobs
from harness.store.run_dir import RunDir
from harness.store.segment_lock import held_segment

REPORT_EVERY_S = 0.1
"""A worker that has something urgent to say reports at once."""
TOTALS_EVERY_S = 0.25
CLOCK_READINGS = 5
GRADING_TRIES = 2
"""Workers that try to grade an answer before a GRADER_ERROR is recorded."""


class LinkLost(Exception):
    """The coordinator cannot be reached any more."""


class CoordinatorLink(Protocol):
    """A worker's way to its coordinator. Each call raises LinkLost once there is none."""

    async def greet(self, hello: Hello) -> Welcome:
        """Introduce the worker."""
        ...

    async def exchange(self, report: Report) -> Instructions:
        """Report, and get instructions."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlace:
    """Where a worker runs. `host`: its machine; `node`: its name in records. `is_probed`: the session has tried the
    graders on this node already.

    `has_own_disk`: its segment and its copy of the plan are not in the run's folder (node_disk).
    """

    host: str = field(default_factory=platform.node)
    node: str = field(default_factory=platform.node)
    is_probed: bool = False
    has_own_disk: bool = False
    make_pool: Callable[[int, GraderOptions, tuple[str, ...]], GradePool] = lambda workers, options, graders: GradePool(
        workers=workers, options=options, graders=graders
    )


async def work(spec: WorkerSpec, keys: Mapping[str, str], link: CoordinatorLink, place: WorkerPlace) -> None:
    """Do a worker's part of a run, from its greeting to its last report. Raises LocalError where it cannot start."""
    _check_simulated(spec, place)
    run = RunDir(spec.run)
    if not place.has_own_disk and not sees(spec.run, spec.probe):
        raise LocalError(unseen(place.node, spec.run))
    manifest = run.manifest()
    options = grader_options(manifest, sandbox_backend=manifest.sandbox_backend)
    ungraded = {} if place.is_probed else _ungraded(manifest, options)
    _check_conversations(manifest, ungraded, place)
    with held_segment(spec.segment):
        stamp = await _introduce(spec, place, ungraded, link)
        async with contextlib.AsyncExitStack() as stack:
            plan = replace(plan_of(manifest, run.samples()), endpoints=spec.endpoints)
            worker = _Worker(spec=spec, manifest=manifest, plan=plan, link=link, stamp=stamp, ungraded=ungraded)
            graders = tuple({entry.grader for entry in manifest.tasks if entry.grader} - set(ungraded))
            pool = place.make_pool(spec.grade_processes if graders else 1, options, graders)
            engine = await worker.engine(stack, keys, await stack.enter_async_context(pool))
            await worker.run(engine)


def _check_simulated(spec: WorkerSpec, place: WorkerPlace) -> None:
    """Raises LocalError on another machine than the session's where models are simulated: it cannot reach them."""
    simulated = [one.label for one in spec.endpoints if one.starts_with_run]
    if simulated and place.host != spec.host:
        raise LocalError(
            f"{', '.join(simulated)}: simulated models answer on {spec.host} alone, where the session runs, and node "
            f"{place.node} is another machine: take nodes of one machine, or a model with a base_url that all reach"
        )


def _check_conversations(manifest: Manifest, ungraded: Mapping[str, str], place: WorkerPlace) -> None:
    """Raises LocalError where a run's conversations cannot be held on this node, which grades and runs the agent."""
    rules = manifest.conversation
    if rules is None:
        return
    reasons = list(ungraded.values())
    if rules.agent is not None and not place.is_probed:
        try:
            installed = f"{AGENT} {agent_version()}"
        except UsageError as error:
            installed = str(error)
        if installed != rules.agent:
            reasons.append(f"the run has {rules.agent}, the node: {installed}")
    if reasons:
        raise LocalError(f"node {place.node} takes no conversations: {'; '.join(reasons)}")


def _ungraded(manifest: Manifest, options: GraderOptions) -> dict[str, str]:
    """The graders that do not run on this node, and why: model-written code needs a sandbox."""
    found = {}
    for name in dict.fromkeys(entry.grader for entry in manifest.tasks if entry.grader):
        try:
            check_graders([name], options)
        except HarnessError as error:
            found[name] = str(error)
    return found


async def _introduce(
    spec: WorkerSpec, place: WorkerPlace, ungraded: Mapping[str, str], link: CoordinatorLink
) -> WorkerStamp:
    """Greet the coordinator, and read its clock where the answer came fastest (RFC 5905, section 10).

    Raises LocalError where the session is of another version: its keys and dialects may be others.
    """
    node, own_segment = place.node, spec.segment.name if place.has_own_disk else ""
    software = version("price-performance-harness")
    if software != spec.version:
        raise LocalError(
            f"node {node} has harness {software}, the session {spec.version}: install the same on all nodes"
        )
    readings: list[tuple[float, float]] = []
    for _ in range(CLOCK_READINGS):
        began, sent_at = SYSTEM_CLOCK.monotonic(), SYSTEM_CLOCK.now()
        welcome = await link.greet(
            Hello(
                worker=spec.number,
                node=node,
                version=software,
                pid=getpid(),
                now=sent_at,
                own_segment=own_segment,
                ungraded=ungraded,
            )
        )
        took_s = SYSTEM_CLOCK.monotonic() - began
        readings.append((took_s, _ahead_s(sent_at, welcome.now) + took_s / 2))
    return WorkerStamp(node=node, version=software, clock_offset_s=round(min(readings)[1], 6))


def _ahead_s(own: datetime, other: datetime) -> float:
    return (own - other).total_seconds()


@dataclass(slots=True, kw_only=True)
class _EndedJobs:
    """Jobs that the coordinator has not been told of, with the lines of their grades, which the session writes."""

    jobs: list[EndedJob] = field(default_factory=list)
    reason: str = ""
    _line: bytes | None = None

    def append_soon(self, line: bytes) -> None:
        """Keep the line of the grade of the job whose end follows."""
        self._line = line

    def observe(self, key: str, grade: Grade | None) -> bool:
        """Note the end of a job; never stops the run, which the session decides."""
        self.jobs.append(EndedJob(key, None if grade is None else self._line))
        return False


@dataclass(slots=True, kw_only=True)
class _NodeGrading(AnswerGrading):
    """Grading on this node; answers that cannot be graded here go to the coordinator, for another node.

    Those are answers whose grader does not run here, and those over which grading processes died: a node that is going
    down ends them too. `tried`: by key, the workers where that happened.
    """

    worker: int
    ungraded: Mapping[str, str]
    elsewhere: list[GradeJob] = field(default_factory=list)
    tried: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _requests: dict[str, GradeRequest] = field(default_factory=dict)

    async def schedule(self, key: str, label: str, request: GradeRequest) -> None:
        if request.grader in self.ungraded:
            self.elsewhere.append(GradeJob(key=key, label=label, request=request))
            return
        self._requests[key] = request
        # not super(): a dataclass with slots is made anew, and its methods would still mean the class before
        await AnswerGrading.schedule(self, key, label, request)

    def record(self, key: str, label: str, grade: Grade) -> None:
        request, tried = self._requests.pop(key, None), self.tried.pop(key, ())  # none: graded within a conversation
        if request is not None and grade.verdict is Verdict.GRADER_ERROR and len(tried) < GRADING_TRIES - 1:
            job = GradeJob(key=key, label=label, request=request, tried=(*tried, self.worker))
            self.elsewhere.append(job)
            return
        AnswerGrading.record(self, key, label, grade)


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A worker at work. `ended`: jobs that the coordinator has not been told of; `said`: totals' monotonic reading."""

    spec: WorkerSpec
    manifest: Manifest
    plan: Plan
    link: CoordinatorLink
    stamp: WorkerStamp
    ungraded: Mapping[str, str]
    clock: Clock = SYSTEM_CLOCK
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: _EndedJobs = field(default_factory=_EndedJobs)
    simulated: list[str] = field(default_factory=list)
    completed: CompletedJobs = field(default_factory=CompletedJobs)
    endpoints: dict[str, LeasedEndpoint] = field(default_factory=dict)
    budget: LeasedBudget = field(init=False)
    positions: LeasedPositions = field(init=False)
    grading: _NodeGrading = field(init=False)
    _is_urgent: asyncio.Event = field(default_factory=asyncio.Event)
    _is_last: bool = False
    _totals_at_s: float = 0.0

    def __post_init__(self) -> None:
        self.endpoints = {one.label: self._leased(one) for one in self.plan.endpoints}
        self.budget = LeasedBudget(is_limited=has_budget(self.manifest), wake=self._is_urgent.set)
        self.positions = LeasedPositions(self.plan, self.endpoints, self.stop, self._is_urgent.set)

    def _leased(self, endpoint: Endpoint) -> LeasedEndpoint:
        limits = endpoint.limits
        per_minute = (limits.requests_per_minute, limits.tokens_per_minute)
        requests, tokens = (None if amount is None else LeasedBucket(amount) for amount in per_minute)
        breaker = CircuitBreaker(self.clock, max_wait_s=max(self.spec.options.max_wait_s, PAUSE_FROM_S))
        buckets = RateBuckets(requests=requests, tokens=tokens)
        limiter = RateLimiter(limits, self.clock, breaker, buckets, ramp_per_s=ramp_per_s(endpoint.base_url))
        limiter.set_share(0)  # until the coordinator has named one
        return LeasedEndpoint(limiter=limiter, clock=self.clock, requests=requests, tokens=tokens)

    async def engine(self, stack: contextlib.AsyncExitStack, keys: Mapping[str, str], pool: GradePool) -> Engine:
        """The engine of this worker, connected to its segment."""
        log = LogWriter(self.spec.segment)
        stack.push_async_callback(log.close)
        client = await stack.enter_async_context(self._client(keys))
        models = {
            one.label: ModelProgress(
                label=one.label, simulated=one.simulated, total=0, has_gpu_cost=one.gpu_cost is not None
            )
            for one in self.plan.endpoints
        }
        limiters = {label: one.limiter for label, one in self.endpoints.items()}
        engine = Engine(
            plan=self.plan,
            completed=self.completed,
            context=self._context(client, log, models),
            pool=pool,
            grades=self.ended,
            progress=Progress(models=models, started=self.clock.monotonic(), budget_usd=None),
            clock=self.clock,
            limiters=limiters,
            keep_going=self.spec.options.keep_going,
            source=self.positions,
        )
        plain = engine.grading
        self.grading = engine.grading = _NodeGrading(
            pool=pool,
            grades=plain.grades,
            progress=engine.progress,
            clock=self.clock,
            supervisor=engine.supervisor,
            outcome=engine.outcome,
            stop=self.stop,
            stopping_rule=self.ended,
            worker=self.spec.number,
            ungraded=self.ungraded,
        )
        return engine

    def _context(self, client: ClientContext, log: LogWriter, models: Mapping[str, ModelProgress]) -> RunContext:
        book = load_book(own=self.manifest.prices)
        return RunContext(
            client=client,
            log=log,
            budget=self.budget,
            clock=self.clock,
            book=book,
            on_attempt=lambda job, attempt, cost: models[job.endpoint.label].on_attempt(
                attempt, cost, other_model(attempt, job.endpoint, book)
            ),
            on_wait=lambda job, wait: models[job.endpoint.label].on_wait(job.key, wait),
            stop=self.stop,
            strict_model=self.spec.options.strict_model,
            worker=self.stamp,
            rules=self.manifest.conversation,
        )

    @contextlib.asynccontextmanager
    async def _client(self, keys: Mapping[str, str]) -> AsyncIterator[ClientContext]:
        names = [endpoint.backend for endpoint in self.plan.endpoints]

        def on_rate_limit(endpoint: Endpoint, info: RateLimitInfo) -> None:
            self.endpoints[endpoint.label].limiter.on_rate_limit(info)

        async with (
            open_backends(names, self.clock, record=None, replayed=None, outcome=RunOutcome()) as backends,
            EventLoopLagMonitor(self.clock) as lag,
        ):
            yield ClientContext(
                backends=backends,
                keys=keys,
                clock=self.clock,
                lag=lag,
                on_rate_limit=on_rate_limit,
                on_simulated=lambda endpoint: self.simulated.append(endpoint.label),
                accepts_unfinished=self.spec.options.accepts_unfinished,
            )

    async def run(self, engine: Engine) -> None:
        """Run the engine and report until both have ended. Raises what the engine raises."""
        talking = asyncio.create_task(self._talk(engine), name="coordinator")
        try:
            await engine.run(())
        except Exception as error:
            engine.outcome.trouble = f"worker {self.spec.number} on {self.stamp.node}: {type(error).__name__}: {error}"
            raise
        finally:
            self._is_last = True
            self._is_urgent.set()
            with contextlib.suppress(LinkLost):
                await talking

    async def _talk(self, engine: Engine) -> None:
        try:
            while True:
                report = self._report(engine)
                self._obey(await self.link.exchange(report), engine)
                if report.is_last:
                    return
                await self._pause()
        except LinkLost:
            self.stop.set()
            self.budget.cut_off()
            self.positions.end()
            raise

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REPORT_EVERY_S):
                await self._is_urgent.wait()

    def _report(self, engine: Engine) -> Report:
        self._is_urgent.clear()
        now, budget, positions = self.clock.monotonic(), self.budget, self.positions
        positions.on_report()
        totals = None
        if self._is_last or now - self._totals_at_s >= TOTALS_EVERY_S:
            self._totals_at_s = now
            engine.outcome.overruns = budget.overruns
            totals = WorkerTotals(models=engine.progress.models, outcome=engine.outcome)
        report = Report(
            worker=self.spec.number,
            wants=max(0, positions.wanted),
            finished=tuple(positions.finished),
            settled=tuple(budget.settled),
            asks=tuple(budget.asks),
            ended=tuple(self.ended.jobs),
            endpoints={label: one.report(has_work=positions.has_work(label)) for label, one in self.endpoints.items()},
            ungradable=tuple(self.grading.elsewhere),
            simulated=tuple(self.simulated),
            totals=totals,
            is_last=self._is_last,
        )
        lists: tuple[list[Any], ...] = (positions.finished, budget.settled, budget.asks, self.ended.jobs)
        for told in (*lists, self.grading.elsewhere, self.simulated):
            told.clear()
        return report

    def _obey(self, told: Instructions, engine: Engine) -> None:
        for overrun in told.overruns:
            self.budget.learn(overrun)
        self.budget.overcommitted = told.overcommitted
        for number, is_granted in told.answers.items():
            self.budget.answer(number, is_granted=is_granted)
        for label, share in told.endpoints.items():
            self.endpoints[label].apply(share)
        if told.block is not None:
            block = told.block
            for key in block.done:
                self.completed.note_done(key)
            for key, had in block.begun.items():
                self.completed.note_open(key, had)
            self.budget.adopt(block.reserved)
            self.positions.add(block.number, block.positions)
        for job in told.grade:
            self.grading.tried[job.key] = job.tried
            engine.supervisor.start(engine.grading.schedule(job.key, job.label, job.request))
        if told.stop:
            self.stop.set()
        if told.is_done:
            self.positions.end()
        self.positions.on_change()
