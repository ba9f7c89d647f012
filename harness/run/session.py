"""One session of a run, new or resumed: what it restores from the run folder and what it works with.

The last of three steps: request, prepare, session. `run.execute` does the work. Nothing here looks for mistakes in what
was asked (prepare) or prints.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness.core.clock import Clock
from harness.core.prices import Price
from harness.core.types import Sample
from harness.pricing.book import PriceBook, load_book
from harness.pricing.budget import Budget
from harness.providers.pacing.circuit_breaker import DEFAULT_MAX_WAIT_S
from harness.run.execution.leased_elsewhere import withhold_leased
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import ModelProgress, Progress
from harness.run.execution.recording import recorded_clock
from harness.run.execution.restore import RestoredState, restore_state
from harness.run.planning.manifest import plan_of
from harness.run.planning.plan import Plan
from harness.store.batches import BatchJournal
from harness.store.codec import Manifest
from harness.store.control import ControlReader
from harness.store.run_dir import RunDir

if TYPE_CHECKING:
    pass


Simulator: TypeAlias = Callable[[Mapping[str, Price], Sequence[Sample], Path], contextlib.AbstractContextManager[str]]
"""Runs a simulated provider: prices by model id, the samples it may be asked, its ledger's file; yields its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """What is asked of one session and is no part of the run.

    `retry_failed`: jobs that failed for good are sent again. `accepts_unfinished`: as in `ClientContext`. `max_wait_s`:
    the longest wait that a provider may ask for; up to 30 s are always waited. `keep_going`: models go on with samples
    that are open at a stopped endpoint. `strict_model`: an answer that another model gave is a failure of the provider.
    `record`: the folder that every exchange is recorded in.
    """

    retry_failed: bool = False
    accepts_unfinished: bool = False
    max_wait_s: float = DEFAULT_MAX_WAIT_S
    keep_going: bool = False
    strict_model: bool = False
    record: Path | None = None


DEFAULT_OPTIONS = SessionOptions()


@dataclass(slots=True, kw_only=True)
class Session:
    """One process's work on one run. `stop` ends sending gently; `progress` can be shown while `execute` runs."""

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
    control: ControlReader = field(repr=False)
    options: SessionOptions
    outcome: RunOutcome = field(default_factory=RunOutcome)

    @property
    def is_by_batches(self) -> bool:
        """Whether requests go through batch APIs."""
        return any(endpoint.is_batch for endpoint in self.manifest.endpoints)

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
    options: SessionOptions = DEFAULT_OPTIONS,
) -> Session:
    """Restore what a run has; call it inside the run's lock and a running event loop. Raises LocalError for damage."""
    control = ControlReader(run.path)  # first of all: a command that comes from now on is for this session
    manifest = run.manifest()
    if manifest.replayed is not None:
        clock = recorded_clock(manifest.replayed.recorded_at, clock)
    samples = run.samples()
    plan = plan_of(manifest, samples)
    models = _progress_by_label(manifest, jobs=plan.jobs_per_endpoint)
    book = load_book(own=manifest.prices)
    budget = Budget(cap_usd=manifest.max_usd, model_caps_usd=manifest.per_model_usd)
    restored = restore_state(
        run,
        manifest,
        models,
        budget=budget,
        book=book,
        retry_failed=options.retry_failed,
        in_batches=BatchJournal(run.path).open_attempts,
    )
    withhold_leased(run, plan, restored.completed, budget=budget, book=book, clock=clock)
    return Session(
        run=run,
        keys=keys,
        simulator=simulator,
        clock=clock,
        stop=asyncio.Event(),
        progress=Progress(models=models, started=clock.monotonic(), budget_usd=manifest.max_usd),
        manifest=manifest,
        plan=plan,
        samples=samples,
        book=book,
        budget=budget,
        restored=restored,
        control=control,
        options=options,
    )


def _progress_by_label(manifest: Manifest, *, jobs: int) -> dict[str, ModelProgress]:
    return {
        endpoint.label: ModelProgress(
            label=endpoint.label,
            simulated=endpoint.simulated,
            total=jobs,
            has_gpu_cost=endpoint.gpu_cost is not None,
        )
        for endpoint in manifest.endpoints
    }
