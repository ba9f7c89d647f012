"""The work of one session: simulated providers, client, budget, grading and log put together, and the engine run.

What a session holds is in run.session. With several workers run.distributed.head takes the place of `execute`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.core.errors import LocalError
from harness.core.prices import Price
from harness.core.types import Endpoint
from harness.pricing.served import other_model
from harness.providers.client import ClientContext
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.circuit_breaker import PAUSE_FROM_S, CircuitBreaker
from harness.providers.pacing.rate_limiter import RateLimiter, ramp_per_s
from harness.providers.recording.recording_backend import SIMULATOR_URL
from harness.providers.transport.timing import EventLoopLagMonitor
from harness.run.execution.answer_grading import StoppingRule
from harness.run.execution.budget_guard import BudgetGuard
from harness.run.execution.control import following_control
from harness.run.execution.engine import Engine
from harness.run.execution.grade_pool import GradePool, grade_workers
from harness.run.execution.keep_resume_cache import keeping_resume_cache
from harness.run.execution.outcome import BudgetExcess, RunOutcome
from harness.run.execution.recording import Recording, open_backends
from harness.run.execution.run_context import RunContext
from harness.run.planning.manifest import grader_options, has_budget
from harness.run.planning.plan import Plan, asked_of
from harness.run.session import Session
from harness.store.call_log import calls
from harness.store.codec import Manifest
from harness.store.log import GatheringWriter, LogWriter

if TYPE_CHECKING:
    from harness.run.batch.batch_engine import BatchEngine

LEDGER = "mock-ledger.jsonl"


async def execute(session: Session) -> RunOutcome:
    """Send what is open and grade what is not graded; a run that is complete starts nothing.

    What breaks on the way, such as a disk that refuses the log, is the outcome's `trouble`. Raises LocalError when the
    session cannot start at all.
    """
    if session.is_complete:
        return session.outcome
    async with contextlib.AsyncExitStack() as stack:
        endpoints = stack.enter_context(running_simulator(session))
        limiters = {endpoint.label: _limiter(session, endpoint) for endpoint in endpoints}
        await stack.enter_async_context(following_control(session.run, session.control, limiters, session.clock))
        client = await stack.enter_async_context(_client(session, endpoints, limiters))
        pool = await stack.enter_async_context(_grade_pool(session.manifest))
        # A file of its own for each session: what an earlier process may still hold open is never written to.
        log = await stack.enter_async_context(writer(session, LogWriter(session.run.next_call_file())))
        grades = await stack.enter_async_context(writer(session, GatheringWriter(session.run.grades_path)))
        plan = replace(session.plan, endpoints=endpoints)
        context = _run_context(session, client, log)
        engine: Engine | BatchEngine
        if session.is_by_batches:
            engine = stack.enter_context(_batch_engine(session, plan, context=context, pool=pool, grades=grades))
        else:
            engine = Engine(
                plan=plan,
                completed=session.restored.completed,
                context=context,
                pool=pool,
                grades=grades,
                progress=session.progress,
                clock=session.clock,
                limiters=limiters,
                stopping_rule=stopping_rule(session),
                keep_going=session.options.keep_going,
                outcome=session.outcome,
            )
        await stack.enter_async_context(_keeping_resume_cache(session))
        await engine.run(session.restored.backlog(session.run, session.samples))
    session.outcome.exceeded = budget_excesses(session, session.budget.spent_of)
    note_early_stop(session)
    return session.outcome


def _keeping_resume_cache(session: Session) -> contextlib.AbstractAsyncContextManager[None]:
    models = session.progress.models.values()
    return keeping_resume_cache(
        session.run, lambda: sum(model.done for model in models), retry_failed=session.options.retry_failed
    )


def _grade_pool(manifest: Manifest) -> GradePool:
    graders = tuple(dict.fromkeys(entry.grader for entry in manifest.tasks if entry.grader))
    options = grader_options(manifest, sandbox_backend=manifest.sandbox_backend)
    return GradePool(workers=grade_workers() if graders else 1, options=options, graders=graders)


@contextlib.contextmanager
def _batch_engine(
    session: Session, plan: Plan, *, context: RunContext, pool: GradePool, grades: LogWriter
) -> Iterator[BatchEngine]:
    # The clients of batch APIs, for such runs alone.
    from harness.run.batch.batch_engine import BatchEngine
    from harness.run.batch.submit import open_submitter

    with open_submitter(session.run, plan.endpoints, context) as submitter:
        yield BatchEngine(
            plan=plan,
            completed=session.restored.completed,
            context=context,
            pool=pool,
            grades=grades,
            progress=session.progress,
            clock=session.clock,
            submitter=submitter,
            outcome=session.outcome,
        )


def budget_excesses(session: Session, spent_of: Callable[[str], Decimal]) -> dict[str, BudgetExcess]:
    """The budgets that were exceeded, by model; an empty name for the run's own. `spent_of`: dollars by such a name."""
    manifest = session.manifest
    caps = {"": manifest.max_usd, **manifest.per_model_usd}
    found = {name: (cap, spent_of(name)) for name, cap in caps.items() if cap is not None}
    return {name: BudgetExcess(budget_usd=cap, billed_usd=spent) for name, (cap, spent) in found.items() if spent > cap}


def _limiter(session: Session, endpoint: Endpoint) -> RateLimiter:
    breaker = CircuitBreaker(session.clock, max_wait_s=max(session.options.max_wait_s, PAUSE_FROM_S))
    return RateLimiter(endpoint.limits, session.clock, breaker, ramp_per_s=ramp_per_s(endpoint.base_url))


def _run_context(session: Session, client: ClientContext, log: LogWriter) -> RunContext:
    models = session.progress.models
    return RunContext(
        client=client,
        log=log,
        budget=BudgetGuard(session.budget, is_limited=has_budget(session.manifest)),
        clock=session.clock,
        book=session.book,
        on_attempt=lambda job, attempt, cost: models[job.endpoint.label].on_attempt(
            attempt, cost, other_model(attempt, job.endpoint, session.book)
        ),
        on_wait=lambda job, wait: models[job.endpoint.label].on_wait(job.key, wait),
        stop=session.stop,
        strict_model=session.options.strict_model,
        rules=session.manifest.conversation,
    )


def stopping_rule(session: Session) -> StoppingRule | None:
    """The rule of an early stop, told of what earlier sessions brought; None where the run goes to its end."""
    manifest = session.manifest
    if not manifest.may_stop_early:
        return None
    # imported here: its statistics (scipy) take about half a second
    from harness.run.execution.early_stopping import EarlyStopping

    rule = EarlyStopping(session.plan, width=manifest.until_width)
    grades = session.run.grades()
    for earlier in calls(session.run):
        line = grades.get(earlier.key)
        if earlier.is_finished and (earlier.accepted is None or line is not None):
            rule.observe(earlier.key, None if line is None else line.grade)
    if rule.should_stop:
        session.outcome.stopped_early = rule.reason
        session.stop.set()
    return rule


def note_early_stop(session: Session) -> None:
    """Write into the manifest that the run stopped early, and about how many dollars that saved."""
    outcome = session.outcome
    if outcome.stopped_early is None or outcome.trouble is not None:
        return
    from harness.run.execution.early_stopping import savings_text  # already imported by the stopping rule

    outcome.stopped_early = f"{outcome.stopped_early}; {savings_text(list(session.progress.models.values()))}"
    session.run.rewrite_manifest(replace(session.manifest, stopped_early=outcome.stopped_early))


@contextlib.contextmanager
def running_simulator(session: Session) -> Iterator[tuple[Endpoint, ...]]:
    """The endpoints, with the simulated ones pointing at a provider that runs as long as this session."""
    plan = session.plan
    prices = {
        endpoint.model_id: session.book.price_at(endpoint.provider, endpoint.model, session.clock.now())
        for endpoint in plan.endpoints
        if endpoint.starts_with_run
    }
    if session.manifest.replayed is not None:
        yield tuple(_at_simulator(endpoint, SIMULATOR_URL) for endpoint in plan.endpoints)
        return
    if not prices:
        yield plan.endpoints
        return
    known = {model: price for model, price in prices.items() if isinstance(price, Price)}
    samples = tuple(
        asked_of(plan, endpoint, sample, 0)
        for endpoint in (plan.endpoints if plan.is_cold else plan.endpoints[:1])
        for sample in session.samples.values()
    )
    with session.simulator(known, samples, session.run.path / LEDGER) as url:
        yield tuple(_at_simulator(endpoint, url) for endpoint in plan.endpoints)


def _at_simulator(endpoint: Endpoint, url: str) -> Endpoint:
    return replace(endpoint, base_url=f"{url}/{endpoint.dialect}/v1") if endpoint.starts_with_run else endpoint


def _recording(session: Session, endpoints: Sequence[Endpoint]) -> Recording | None:
    """Where exchanges are recorded; None where they are not."""
    folder = session.options.record
    if folder is None:
        return None
    started = [endpoint for endpoint in endpoints if endpoint.starts_with_run]
    url = started[0].base_url.removesuffix(f"/{started[0].dialect}/v1") if started else None
    return Recording(folder=folder, keys=tuple(session.keys.values()), simulator=url)


@contextlib.asynccontextmanager
async def _client(
    session: Session, endpoints: Sequence[Endpoint], limiters: Mapping[str, RateLimiter]
) -> AsyncIterator[ClientContext]:
    def on_rate_limit(endpoint: Endpoint, info: RateLimitInfo) -> None:
        limiters[endpoint.label].on_rate_limit(info)

    def on_simulated(endpoint: Endpoint) -> None:
        mark_simulated(session, endpoint.label)

    replayed = session.manifest.replayed
    async with (
        open_backends(
            [endpoint.backend for endpoint in endpoints],
            session.clock,
            record=_recording(session, endpoints),
            replayed=replayed,
            outcome=session.outcome,
        ) as backends,
        EventLoopLagMonitor(session.clock) as lag,
    ):
        yield ClientContext(
            backends=backends,
            keys=session.keys,
            clock=session.clock,
            lag=lag,
            on_rate_limit=on_rate_limit,
            on_simulated=on_simulated,
            accepts_unfinished=session.options.accepts_unfinished,
            tells_draw=session.options.record is not None or replayed is not None,
            has_times=replayed is None or not replayed.is_instant,
        )


def mark_simulated(session: Session, label: str) -> None:
    """Mark a model whose response says that it is simulated, in the manifest before its first outcome is written.

    Where the manifest cannot be written, the outcomes say it too.
    """
    progress = session.progress.models[label]
    if progress.simulated:
        return
    progress.simulated = True
    endpoints = tuple(
        replace(one, simulated=True, simulated_by_response=True) if one.label == label else one
        for one in session.manifest.endpoints
    )
    session.manifest = replace(session.manifest, endpoints=endpoints)
    with contextlib.suppress(LocalError):
        session.run.rewrite_manifest(session.manifest)


@contextlib.asynccontextmanager
async def writer(session: Session, log: LogWriter) -> AsyncIterator[LogWriter]:
    """A log of the session, closed at the end; what the disk refuses to the end is the outcome's trouble."""
    try:
        yield log
    finally:
        try:
            await log.close()
        except LocalError as error:  # it names the file that holds the refused lines, which the first refusal could not
            session.outcome.trouble = str(error)
