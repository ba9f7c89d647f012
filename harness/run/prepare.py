"""From a request to a run folder that can be worked on: the second of three steps.

Every mistake is found here, before any request is sent: prices, bounds, duplicates, tests, loopback servers, graders.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.types import Endpoint
from harness.grading.base import GraderOptions
from harness.pricing.book import load_book
from harness.run.planning.agent_tasks import conversation_rules
from harness.run.planning.checks import (
    check_bounds,
    check_distinct,
    check_graded,
    check_graders,
    check_prices,
    check_repositories,
    check_targets,
)
from harness.run.planning.local_servers import unreachable_servers
from harness.run.planning.manifest import (
    dialect_versions,
    grader_options,
    has_budget,
    machine_info,
    nonce_of,
    per_model_caps,
    plan_of,
    task_entries,
)
from harness.run.planning.plan import Plan, choose_samples
from harness.run.planning.reuse import open_runs, reused_lines
from harness.run.request import RunRequest
from harness.store.codec import SCHEMA_VERSION, Manifest, SampleLine
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPlan:
    """A request in which no mistake was found. `earlier`: the runs whose answers are reused."""

    plan: Plan
    manifest: Manifest
    earlier: tuple[RunDir, ...]


def check_request(request: RunRequest, now: datetime) -> CheckedPlan:
    """Check all that is asked; nothing is written or sent.

    Raises ConfigError, DataError, UsageError, LocalError or SandboxUnavailable for what would spoil the run later.
    """
    book = load_book(own=request.prices)
    if request.replay is not None:
        # Prices are those of the recording's day: today's would bill answers of then at rates that nobody asked for.
        now = request.replay.recorded_at
    if not request.allow_unpriced or request.has_budget:
        check_prices(book, request.endpoints, now, has_budget=request.has_budget)
    # Before the plan: an endpoint that the mock answers for is SIMULATED, and that is part of its jobs.
    request = replace(request, endpoints=_answering(request))
    plan = plan_for(request, now)
    check_distinct(plan)
    check_graded(plan)
    check_targets(plan, request.tasks)
    check_repositories(plan)
    if request.has_budget:
        check_bounds(plan, book, now)
    earlier = open_runs(request.reuse)
    options = GraderOptions(unsafe_no_sandbox=request.unsafe_no_sandbox, sandbox=request.sandbox)
    sandbox_backend = check_graders([loaded.task.grader for loaded in request.tasks], options)
    reused_runs = tuple(run.name for run in earlier)
    manifest = _manifest(request, plan, now, sandbox_backend=sandbox_backend, reused_runs=reused_runs)
    return CheckedPlan(plan=plan, manifest=manifest, earlier=tuple(earlier))


def _answering(request: RunRequest) -> tuple[Endpoint, ...]:
    """The endpoints by what will answer: a recording, or their servers. Raises LocalError for one that does not run."""
    if request.replay is None:
        return unreachable_servers(request.endpoints)
    return tuple(replace(endpoint, replayed=True) for endpoint in request.endpoints)


def plan_for(request: RunRequest, now: datetime) -> Plan:
    """The plan of a request made now: the same samples in the same order for every endpoint."""
    return Plan(
        endpoints=request.endpoints,
        tasks=tuple(
            choose_samples(loaded.task, loaded.samples, limit=request.limit, seed=request.seed)
            for loaded in request.tasks
        ),
        repeats=request.repeats,
        params=request.params,
        seed=request.seed,
        every_s=request.every_s,
        is_cold=request.kind == "speed",
        conversation=conversation_rules(
            request.tasks,
            feedback_rounds=request.feedback_rounds,
            max_turns=request.max_turns,
            max_usd=request.max_usd_per_job,
            unsafe_no_sandbox=request.unsafe_no_sandbox,
            is_batch=any(endpoint.is_batch for endpoint in request.endpoints),
        ),
        cache=request.cache,
        nonce=nonce_of(now),
    )


def _manifest(
    request: RunRequest, plan: Plan, now: datetime, *, sandbox_backend: str | None, reused_runs: tuple[str, ...]
) -> Manifest:
    return Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version=version("price-performance-harness"),
        created_at=now,
        command=request.command,
        endpoints=plan.endpoints,
        dialects=dialect_versions(plan.endpoints),
        tasks=task_entries(plan, request.tasks),
        repeats=plan.repeats,
        limit=request.limit,
        seed=plan.seed,
        params=plan.params,
        max_usd=request.max_usd,
        per_model_usd=per_model_caps(plan.endpoints, request.max_usd_per_model),
        allow_unpriced=request.allow_unpriced,
        unsafe_no_sandbox=request.unsafe_no_sandbox,
        sandbox=request.sandbox,
        prices=request.prices,
        sandbox_backend=sandbox_backend,
        machine=machine_info(),
        reused_runs=reused_runs,
        kind=request.kind,
        every_s=plan.every_s,
        cache=plan.cache,
        until_width=request.until_width,
        until_separated=request.until_separated,
        prompt_template=request.prompt_change.template,
        system=request.prompt_change.system,
        replayed=request.replay,
        conversation=plan.conversation,
    )


def create_run(checked: CheckedPlan, folder: Path, *, strict_model: bool = False) -> RunDir:
    """Write the run folder with its samples and the reused answers. Raises LocalError where that is not possible.

    `strict_model`: answers that another model gave are not reused.
    """
    tasks = checked.plan.tasks
    lines = (SampleLine(task=planned.name, sample=sample) for planned in tasks for sample in planned.samples)
    names = load_book(own=checked.manifest.prices) if strict_model else None
    reused = reused_lines(checked.plan, checked.earlier, only_requested=names)
    return RunDir.create(folder, checked.manifest, lines, reused=reused)


def reopen(folder: Path, now: datetime, *, max_usd: Decimal | None, max_usd_per_model: Decimal | None = None) -> RunDir:
    """An existing run, checked again so that it can be resumed; the budgets given replace its own.

    Raises UsageError when the folder is no run, or when its answers could not be recognised (another dialect version)
    or compared (a mock where a live server was). Raises ConfigError for a budget on models without a maximum cost.
    """
    run = RunDir.open(folder)
    manifest = run.manifest()
    if manifest.imported is not None:
        raise UsageError(f"{folder} is IMPORTED: it has nothing to resume, for no request of it was ever ours")
    _check_same_dialects(folder, manifest)
    if manifest.replayed is None:
        _check_same_servers(folder, manifest)
    check_graders(
        [entry.grader for entry in manifest.tasks], grader_options(manifest, sandbox_backend=manifest.sandbox_backend)
    )
    capped = replace(
        manifest,
        max_usd=manifest.max_usd if max_usd is None else max_usd,
        per_model_usd=per_model_caps(manifest.endpoints, max_usd_per_model) or manifest.per_model_usd,
    )
    if has_budget(capped):
        book = load_book(own=manifest.prices)
        check_prices(book, manifest.endpoints, now, has_budget=True)
        check_bounds(plan_of(manifest, run.samples()), book, now)
    if capped != manifest:
        with run.locked():
            run.rewrite_manifest(capped)
    return run


def _check_same_dialects(folder: Path, manifest: Manifest) -> None:
    current = dialect_versions(manifest.endpoints)
    changed = [f"{name} {then} -> {current[name]}" for name, then in manifest.dialects.items() if current[name] != then]
    if changed:
        raise UsageError(
            f"{folder} was started with other dialect versions ({', '.join(changed)}), so its answers would be "
            "billed again; start a new run"
        )


def _check_same_servers(folder: Path, manifest: Manifest) -> None:
    endpoints = manifest.endpoints
    replaced = [now.label for then, now in zip(endpoints, unreachable_servers(endpoints), strict=True) if now != then]
    if replaced:
        raise UsageError(
            f"{folder} was started with live models and now the mock answers for {', '.join(replaced)}: its answers "
            "are SIMULATED and cannot go into one table with them; start the servers of then, or start a new run"
        )
