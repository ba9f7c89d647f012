"""One worker: the engine of run.execution on the blocks that the coordinator leases to it, with a segment of its own.

It reports when it has something to say or lacks something, and does what it is told. Once the coordinator cannot be
reached it sends nothing more, finishes what is in flight and ends. Local processes and Ray run the same function.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.errors import LocalError
from harness.core.types import Endpoint
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
    Instructions,
    Report,
    WorkerSpec,
    WorkerTotals,
)
from harness.run.distributed.node_grading import EndedJobs, NodeGrading
from harness.run.distributed.probe import sees, unseen
from harness.run.distributed.worker_start import (
    CoordinatorLink,
    LinkLost,
    WorkerPlace,
    check_conversations,
    check_simulated,
    introduce,
    ungraded_here,
)
from harness.run.execution.engine import Engine
from harness.run.execution.grade_pool import GradePool
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import ModelProgress, Progress
from harness.run.execution.recording import open_backends
from harness.run.execution.run_context import RunContext
from harness.run.planning.manifest import grader_options, has_budget, plan_of
from harness.run.planning.plan import Plan
from harness.store.codec import Manifest, WorkerStamp
from harness.store.log import LogWriter
from harness.store.resume import CompletedJobs
from harness.store.run_dir import RunDir
from harness.store.segment_lock import held_segment

SOON_S = 0.25
"""How soon a worker reports what it lacks, or what others wait for; what is urgent is reported at once."""
NEWS_EVERY_S = 1.0
"""How often it reports what its jobs have come to: a report costs the same, whatever it holds."""
MAX_ENDED = 250
"""Ended jobs that are reported sooner: some 100 kB, above which Ray stores it apart."""
MAX_SILENCE_S = 30.0
"""How often it reports where it has nothing to say."""


async def work(spec: WorkerSpec, keys: Mapping[str, str], link: CoordinatorLink, place: WorkerPlace) -> None:
    """Do a worker's part of a run, from its greeting to its last report. Raises LocalError where it cannot start."""
    check_simulated(spec, place)
    run = RunDir(spec.run)
    if not place.has_own_disk and not sees(spec.run, spec.probe):
        raise LocalError(unseen(place.node, spec.run))
    manifest = run.manifest()
    options = grader_options(manifest, sandbox_backend=manifest.sandbox_backend)
    ungraded = {} if place.is_probed else ungraded_here(manifest, options)
    check_conversations(manifest, ungraded, place)
    with held_segment(spec.segment):
        stamp = await introduce(spec, place, ungraded, link)
        async with contextlib.AsyncExitStack() as stack:
            plan = replace(plan_of(manifest, run.samples()), endpoints=spec.endpoints)
            worker = _Worker(spec=spec, manifest=manifest, plan=plan, link=link, stamp=stamp, ungraded=ungraded)
            graders = tuple({entry.grader for entry in manifest.tasks if entry.grader} - set(ungraded))
            pool = place.make_pool(spec.grade_processes if graders else 1, options, graders)
            engine = await worker.engine(stack, keys, await stack.enter_async_context(pool))
            await worker.run(engine)


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A worker at work. `ended`: jobs that the coordinator has not been told of."""

    spec: WorkerSpec
    manifest: Manifest
    plan: Plan
    link: CoordinatorLink
    stamp: WorkerStamp
    ungraded: Mapping[str, str]
    clock: Clock = SYSTEM_CLOCK
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: EndedJobs = field(default_factory=EndedJobs)
    simulated: list[str] = field(default_factory=list)
    completed: CompletedJobs = field(default_factory=CompletedJobs)
    endpoints: dict[str, LeasedEndpoint] = field(default_factory=dict)
    budget: LeasedBudget = field(init=False)
    positions: LeasedPositions = field(init=False)
    grading: NodeGrading = field(init=False)
    _is_urgent: asyncio.Event = field(default_factory=asyncio.Event)
    _is_last: bool = False
    _is_waiting: bool = False
    _is_asked: bool = False
    _in_flight_told: int = 0

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
        self.grading = engine.grading = NodeGrading(
            pool=pool,
            grades=plain.grades,
            progress=engine.progress,
            clock=self.clock,
            supervisor=engine.supervisor,
            outcome=engine.outcome,
            stop=self.stop,
            stopping_rule=self.ended,
            stamp=self.stamp,
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
        listening = asyncio.create_task(self._listen(), name="changes")
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
            listening.cancel()

    async def _listen(self) -> None:
        with contextlib.suppress(LinkLost):  # `_talk` meets it too
            while await self.link.wait_for_change():
                self._is_asked = True

    async def _talk(self, engine: Engine) -> None:
        try:
            while True:
                report = self._report(engine)
                told = await self.link.exchange(report)
                self._obey(told, engine)
                if report.is_last:
                    return
                lacks_jobs = report.wants > 0 and told.block is None
                self._is_waiting = lacks_jobs or bool(told.grade) or self.budget.is_asking
                await self._pause()
        except LinkLost:
            self.stop.set()
            self.budget.cut_off()
            self.positions.end()
            raise

    async def _pause(self) -> None:
        """Wait until there is something to report."""
        began_s = self.clock.monotonic()
        while not self._is_urgent.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SOON_S):
                    await self._is_urgent.wait()
            quiet_s = self.clock.monotonic() - began_s
            if self._is_pressing() or quiet_s >= (NEWS_EVERY_S if self._has_news() else MAX_SILENCE_S):
                return

    def _is_pressing(self) -> bool:
        is_short = any(
            one.is_pressing(has_work=self.positions.has_work(label)) for label, one in self.endpoints.items()
        )
        return is_short or self._is_waiting or self._is_asked or len(self.ended.jobs) >= MAX_ENDED

    def _has_news(self) -> bool:
        news = (self.ended.jobs, self.positions.finished, self.budget.settled, self.grading.elsewhere, self.simulated)
        return any(news) or self._in_flight() != self._in_flight_told

    def _in_flight(self) -> int:
        return sum(one.limiter.in_flight for one in self.endpoints.values())

    def _report(self, engine: Engine) -> Report:
        self._is_urgent.clear()
        self._is_asked = False
        self._in_flight_told = self._in_flight()
        budget, positions = self.budget, self.positions
        positions.on_report()
        engine.outcome.overruns = budget.overruns
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
            totals=WorkerTotals(models=engine.progress.models, outcome=engine.outcome),
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
