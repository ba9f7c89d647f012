"""Sessions of runs by batches against a mock in the same loop: real files, real sockets, no grading processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from harness.config.simulation import Simulation
from harness.core.clock import SYSTEM_CLOCK
from harness.core.prices import Price, Rates
from harness.core.types import Endpoint, EndpointLimits, Sample, SamplingParams
from harness.mock.process import MockProcess
from harness.mock.scenario import SimulatedModel
from harness.mock.testing import RunningMock, price_of, running_mock, simulated
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.providers.client import ClientContext
from harness.run.batch.batch_endpoint import as_batch
from harness.run.batch.batch_engine import BatchEngine
from harness.run.batch.submit import open_submitter
from harness.run.execution.budget_guard import BudgetGuard
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import JobWait, ModelProgress, Progress
from harness.run.execution.restore import restore_state
from harness.run.execution.run_context import RunContext
from harness.run.planning.manifest import dialect_versions, has_budget
from harness.run.planning.plan import Plan, PlannedTask
from harness.store.batches import BatchJournal
from harness.store.codec import SCHEMA_VERSION, Manifest, SampleLine, TaskEntry
from harness.store.log import LogWriter
from harness.store.run_dir import RunDir
from tests.run.scripted_run import ScriptedGrader

KEY_NAME = "MOCK_API_KEY"
SAMPLES = tuple(Sample(id=f"s{one:03}", prompt=f"What is {one} + 1?", target=f"{one + 1}") for one in range(12))


def batch_price(model: str = "mock-model") -> Price:
    """$1 and $4 per million tokens, half of that in batches."""
    half = Rates(prompt=Decimal("0.5"), completion=Decimal(2))
    return replace(price_of(model, prompt="1", completion="4"), service_tiers={"batch": half})


def batch_model(name: str = "mock-model", **simulation: object) -> SimulatedModel:
    """A simulated model with batch rates that is always right."""
    made = simulated(name, price=batch_price(name))
    settings = {"answer_tokens": {"median": 20}, **simulation}
    return replace(made, simulation=Simulation.model_validate(settings))


@contextlib.asynccontextmanager
async def batch_mock(
    models: Sequence[SimulatedModel], *, ledger: Path | None = None, time_scale: float = 0.0
) -> AsyncIterator[RunningMock]:
    """A mock that knows the samples; with time scale 0 a batch ends at once."""
    async with running_mock(models, SAMPLES, ledger=ledger, time_scale=time_scale) as mock:
        yield mock


def batch_endpoint(mock: RunningMock | MockProcess, dialect: str = "openai", model: str = "mock-model") -> Endpoint:
    """The mock's model, asked by batches in that dialect."""
    plain = Endpoint(
        label=f"sim/{model}",
        provider="sim",
        model=model,
        model_id=model,
        base_url=f"{mock.url}/{dialect}/v1",
        dialect=dialect,
        api_key_env=KEY_NAME,
        limits=EndpointLimits(max_attempts=6),
        simulated=True,
    )
    return as_batch([plain])[0]


def make_batch_run(
    folder: Path, endpoints: Sequence[Endpoint], *, max_usd: str | None = None, samples: int = len(SAMPLES)
) -> tuple[RunDir, Plan]:
    """A run folder and its plan; one task without a grader's processes."""
    task = PlannedTask(name="t", version=1, grader="math", max_tokens=100, samples=SAMPLES[:samples])
    plan = Plan(endpoints=tuple(endpoints), tasks=(task,), repeats=1, params=SamplingParams(), seed=0)
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version="0",
        created_at=SYSTEM_CLOCK.now(),
        command=("test",),
        endpoints=plan.endpoints,
        dialects=dialect_versions(plan.endpoints),
        tasks=(
            TaskEntry(
                name="t",
                version=1,
                grader="math",
                content_hash="",
                origin="test",
                licence="",
                max_tokens=100,
                samples=samples,
            ),
        ),
        repeats=1,
        limit=None,
        seed=0,
        params=plan.params,
        max_usd=None if max_usd is None else Decimal(max_usd),
        allow_unpriced=False,
        prices=tuple(batch_price(one.model) for one in plan.endpoints),
        sandbox_backend=None,
    )
    lines = (SampleLine(task="t", sample=sample) for sample in task.samples)
    return RunDir.create(folder, manifest, lines), plan


@dataclass(slots=True, kw_only=True)
class BatchSession:
    """What a session left behind: its outcome, its counters and the dollars it settled."""

    outcome: RunOutcome
    progress: Progress
    budget: Budget

    def done(self, label: str = "sim/mock-model") -> int:
        return self.progress.models[label].done

    def usd(self, label: str = "sim/mock-model") -> Decimal | None:
        return self.progress.models[label].usd


class NotedProgress(ModelProgress):
    """Tells of everything that a model waits for."""

    tell: Callable[[str], None]

    def on_wait(self, key: str, wait: JobWait | None) -> None:
        super().on_wait(key, wait)
        if wait is not None:
            self.tell(wait.reason)


async def run_session(
    run: RunDir,
    plan: Plan,
    tell: Callable[[str], None] = lambda _reason: None,
    *,
    stop_once_running: bool = False,
    key: str = "a-good-key",
) -> BatchSession:
    """One session of a run; `stop_once_running`: leaves gently as soon as a batch has its id. `tell` hears what it
    waits for. `key`: of the provider.
    """
    manifest, clock = run.manifest(), SYSTEM_CLOCK
    book = load_book(own=manifest.prices)
    budget = Budget(cap_usd=manifest.max_usd)
    models = {
        one.label: NotedProgress(label=one.label, simulated=True, total=plan.jobs_per_endpoint)
        for one in plan.endpoints
    }
    for model in models.values():
        model.tell = tell
    waiting = BatchJournal(run.path).open_attempts
    back = restore_state(run, manifest, models, budget=budget, book=book, retry_failed=False, in_batches=waiting)
    progress = Progress(models=dict(models), started=clock.monotonic(), budget_usd=manifest.max_usd)
    stop = asyncio.Event()
    log, grades = LogWriter(run.next_call_file()), LogWriter(run.grades_path)
    context = RunContext(
        client=ClientContext(backends={}, keys={KEY_NAME: key}, clock=clock),
        log=log,
        budget=BudgetGuard(budget, is_limited=has_budget(manifest)),
        clock=clock,
        book=book,
        on_attempt=lambda job, attempt, cost: models[job.endpoint.label].on_attempt(attempt, cost),
        on_wait=lambda job, wait: None,
        stop=stop,
    )
    try:
        with open_submitter(run, plan.endpoints, context) as submitter:
            engine = BatchEngine(
                plan=plan,
                completed=back.completed,
                context=context,
                pool=ScriptedGrader(),
                grades=grades,
                progress=progress,
                clock=clock,
                submitter=submitter,
                outcome=RunOutcome(),
            )
            working = asyncio.create_task(engine.run(back.backlog(run, run.samples())))
            while stop_once_running and not stop.is_set() and not working.done():
                await asyncio.sleep(0.001)
                if any(one.id is not None for one in submitter.journal.open_batches):
                    stop.set()
            outcome = await working
    finally:
        await log.close()
        await grades.close()
    return BatchSession(outcome=outcome, progress=progress, budget=budget)
