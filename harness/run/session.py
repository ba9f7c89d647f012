"""A run from its folder to its end: new or resumed, both take the same way.

Reads what is already paid, starts simulated providers, builds the desk, runs the engine, and says how it ended. Not
here: finding mistakes before anything is sent (prepare), printing.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from harness.core.clock import Clock
from harness.core.errors import LocalError
from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Attempt, Endpoint, Job, Sample, SamplingParams
from harness.grading.base import GraderOptions
from harness.pricing.book import PriceBook, load_book
from harness.pricing.budget import Budget, worst_case
from harness.pricing.cost import attempt_cost
from harness.providers.backends import make_backend
from harness.providers.client import ClientContext
from harness.providers.dialect_loader import unlimited_thinking
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.transport.timing import EventLoopLagMonitor
from harness.run.execution.budget_guard import BudgetGuard
from harness.run.execution.call import RunContext
from harness.run.execution.engine import Engine, RunOutcome, StoppingRule
from harness.run.execution.grade_pool import GradePool
from harness.run.execution.progress import ModelProgress, Progress
from harness.run.execution.restore import RestoredState, restore_state
from harness.run.planning.plan import Plan, PlannedTask, asked_of
from harness.store.codec import Manifest
from harness.store.log import LogWriter
from harness.store.resume import calls
from harness.store.run_dir import RunDir

LEDGER = "mock-ledger.jsonl"

Simulator: TypeAlias = Callable[[Mapping[str, Price], Sequence[Sample], Path], contextlib.AbstractContextManager[str]]
"""Runs a simulated provider: prices by model id, the samples it may be asked, its ledger's file; yields its address."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One process's work on one run. `stop` ends sending gently; `progress` can be watched while `execute` runs."""

    run: RunDir
    keys: Mapping[str, str] = field(repr=False)
    simulator: Simulator
    clock: Clock
    stop: asyncio.Event
    progress: Progress
    manifest: Manifest
    plan: Plan
    samples: Mapping[tuple[str, str], Sample] = field(repr=False)
    book: PriceBook = field(repr=False)
    budget: Budget
    restored: RestoredState = field(repr=False)
    outcome: RunOutcome = field(default_factory=RunOutcome)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to send or to grade."""
        is_all_sent = all(model.remaining == 0 for model in self.progress.models.values())
        return not self.restored.ungraded and (is_all_sent or self.manifest.stopped_early is not None)


def open_session(
    run: RunDir,
    *,
    keys: Mapping[str, str],
    simulator: Simulator,
    clock: Clock,
    retry_failed: bool = False,
) -> Session:
    """Read back what a run has; call inside the run's lock and a running event loop. Raises LocalError for damage."""
    manifest = run.manifest()
    samples = run.samples()
    plan = plan_of(manifest, samples)
    models = {
        endpoint.label: ModelProgress(label=endpoint.label, simulated=endpoint.simulated, total=plan.jobs_per_endpoint)
        for endpoint in manifest.endpoints
    }
    book = load_book(own=manifest.prices)
    budget = Budget(cap_usd=manifest.max_usd, model_caps_usd=manifest.per_model_usd)
    back = restore_state(run, manifest, models, budget=budget, book=book, retry_failed=retry_failed)
    return Session(
        run=run,
        keys=keys,
        simulator=simulator,
        clock=clock,
        stop=asyncio.Event(),
        progress=Progress(models=models, started=clock.monotonic(), ceiling=manifest.max_usd),
        manifest=manifest,
        plan=plan,
        samples=samples,
        book=book,
        budget=budget,
        restored=back,
    )


async def execute(session: Session) -> RunOutcome:
    """Send what is open and grade what is not graded; a run that is complete starts nothing.

    What breaks on the way, down to a disk that refuses the log, is the outcome's `trouble`. Raises LocalError when the
    run cannot be begun at all.
    """
    if session.is_complete:
        return session.outcome
    manifest = session.manifest
    async with contextlib.AsyncExitStack() as stack:
        endpoints = stack.enter_context(_simulated(session))
        gates = {endpoint.label: RateLimiter(endpoint.limits, session.clock) for endpoint in endpoints}
        caller = await stack.enter_async_context(_caller(session, endpoints, gates))
        graders = tuple(dict.fromkeys(entry.grader for entry in manifest.tasks if entry.grader))
        options = grader_options(manifest, sandbox_backend=manifest.sandbox_backend)
        workers = grade_workers() if graders else 1
        pool = await stack.enter_async_context(GradePool(workers=workers, options=options, graders=graders))
        log = await stack.enter_async_context(_writer(session, session.run.next_call_file()))
        grades = await stack.enter_async_context(_writer(session, session.run.grades_path))
        is_limited = manifest.max_usd is not None or bool(manifest.per_model_usd)
        engine = Engine(
            plan=replace(session.plan, endpoints=endpoints),
            paid=session.restored.paid,
            desk=_run_context(session, caller, log, BudgetGuard(session.budget, is_limited=is_limited)),
            pool=pool,
            grades=grades,
            progress=session.progress,
            clock=session.clock,
            gates=gates,
            watcher=_watcher(session),
            outcome=session.outcome,
        )
        await engine.run(session.restored.backlog(session.run, session.samples))
    _note_early_stop(session)
    return session.outcome


def _watcher(session: Session) -> StoppingRule | None:
    """Who says when enough is known, with what earlier sittings brought; None where the run goes to its end.

    Its statistics take a while to import, so only where they are used.
    """
    manifest = session.manifest
    if not manifest.may_stop_early:
        return None
    early = importlib.import_module("harness.run.execution.early_stopping").EarlyStop(
        session.plan, width=manifest.until_width
    )
    grades = session.run.grades()
    for earlier in calls(session.run):
        ruling = grades.get(earlier.key)
        if earlier.is_finished and (earlier.accepted is None or ruling is not None):
            early.saw(earlier.key, None if ruling is None else ruling.grade)
    if early.is_enough:
        session.outcome.stopped_early = early.reason
        session.stop.set()
    watcher: StoppingRule = early
    return watcher


def _note_early_stop(session: Session) -> None:
    """Write into the manifest that the run knew enough, and about how many dollars that saved."""
    outcome = session.outcome
    if outcome.stopped_early is None or outcome.trouble is not None:
        return
    models = list(session.progress.models.values())
    saved: str = importlib.import_module("harness.run.execution.early_stopping").saved_words(models)
    outcome.stopped_early = f"{outcome.stopped_early}; {saved}"
    session.run.rewrite_manifest(replace(session.manifest, stopped_early=outcome.stopped_early))


def plan_of(manifest: Manifest, samples: Mapping[tuple[str, str], Sample]) -> Plan:
    """The plan that a manifest and its samples describe; samples keep the order they were written in.

    Raises LocalError when samples are missing: jobs would be left out in silence.
    """
    by_task: dict[str, list[Sample]] = {entry.name: [] for entry in manifest.tasks}
    for (task, _), sample in samples.items():
        by_task[task].append(sample)
    for entry in manifest.tasks:
        if len(by_task[entry.name]) != entry.samples:
            raise LocalError(
                f"samples.jsonl holds {len(by_task[entry.name])} samples of {entry.name}, the manifest says "
                f"{entry.samples}; the run folder is damaged"
            )
    return Plan(
        endpoints=manifest.endpoints,
        tasks=tuple(
            PlannedTask(
                name=entry.name,
                version=entry.version,
                grader=entry.grader,
                max_tokens=entry.max_tokens,
                samples=tuple(by_task[entry.name]),
            )
            for entry in manifest.tasks
        ),
        repeats=manifest.repeats,
        params=manifest.params,
        seed=manifest.seed,
        every_s=manifest.every_s,
        is_cold=manifest.kind == "speed",
    )


def grader_options(manifest: Manifest, *, sandbox_backend: str | None) -> GraderOptions:
    """The options of a run's graders; `sandbox_backend` None: the strongest that works, of those the run asked for."""
    return GraderOptions(
        unsafe_no_sandbox=manifest.unsafe_no_sandbox, sandbox=manifest.sandbox, sandbox_backend=sandbox_backend
    )


def grade_workers() -> int:
    """Worker processes for grading: one core is left to the event loop."""
    return max(1, min(8, (os.cpu_count() or 2) - 1))


def _run_context(session: Session, caller: ClientContext, log: LogWriter, purse: BudgetGuard) -> RunContext:
    book = session.book

    def price(job: Job, attempt: Attempt) -> Cost | CostUnknown:
        endpoint = job.endpoint
        row = book.price_at(endpoint.provider, endpoint.model, attempt.timing.started_at)
        return attempt_cost(
            attempt, row, service_tier=endpoint.service_tier, is_thinking=endpoint.reasoning_enabled(job.params)
        )

    def bound(job: Job) -> Decimal | None:
        worst = max_cost_of(book, job.endpoint, job.sample, job.params, session.clock.now())
        return None if isinstance(worst, CostUnknown) else worst

    def watch(job: Job, attempt: Attempt, cost: Cost | CostUnknown) -> None:
        session.progress.models[job.endpoint.label].on_attempt(attempt, cost)

    return RunContext(
        caller=caller,
        log=log,
        purse=purse,
        clock=session.clock,
        price=price,
        bound=bound,
        watch=watch,
        stop=session.stop,
    )


def max_cost_of(
    book: PriceBook, endpoint: Endpoint, sample: Sample, params: SamplingParams, at: datetime
) -> Decimal | CostUnknown:
    """The most that one attempt at a sample can cost at that instant, under the settings it is asked with."""
    row = book.worst_price(endpoint.provider, endpoint.model, at)
    prompt_bytes = len(sample.prompt.encode()) + len((sample.system or "").encode())
    thinking = unlimited_thinking(endpoint, params)
    return worst_case(endpoint, prompt_bytes, params.max_tokens, row, thinking_tokens=thinking)


@contextlib.contextmanager
def _simulated(session: Session) -> Iterator[tuple[Endpoint, ...]]:
    """The endpoints, with the simulated ones pointing at a provider started for this sitting."""
    plan = session.plan
    prices = {
        endpoint.model_id: session.book.price_at(endpoint.provider, endpoint.model, session.clock.now())
        for endpoint in plan.endpoints
        if endpoint.starts_with_run
    }
    if not prices:
        yield plan.endpoints
        return
    known = {model: price for model, price in prices.items() if isinstance(price, Price)}
    samples = tuple(
        asked_of(plan, one, sample)
        for one in (plan.endpoints if plan.is_cold else plan.endpoints[:1])
        for sample in session.samples.values()
    )
    with session.simulator(known, samples, session.run.path / LEDGER) as url:
        yield tuple(
            replace(endpoint, base_url=f"{url}/{endpoint.dialect}/v1") if endpoint.starts_with_run else endpoint
            for endpoint in plan.endpoints
        )


@contextlib.asynccontextmanager
async def _caller(
    session: Session, endpoints: Sequence[Endpoint], gates: Mapping[str, RateLimiter]
) -> AsyncIterator[ClientContext]:
    def heed(endpoint: Endpoint, reading: RateLimitInfo) -> None:
        gates[endpoint.label].on_rate_limit(reading)

    backends = {name: make_backend(name) for name in dict.fromkeys(endpoint.backend for endpoint in endpoints)}
    try:
        async with EventLoopLagMonitor(session.clock) as lag:
            yield ClientContext(backends=backends, keys=session.keys, clock=session.clock, lag=lag, on_rate_limit=heed)
    finally:
        for backend in backends.values():
            await backend.close()


@contextlib.asynccontextmanager
async def _writer(session: Session, path: Path) -> AsyncIterator[LogWriter]:
    writer = LogWriter(path)
    try:
        yield writer
    finally:
        try:
            await writer.close()
        except LocalError as error:  # where the refused lines are now; says more than the first refusal did
            session.outcome.trouble = str(error)
