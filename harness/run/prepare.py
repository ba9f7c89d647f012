"""From what a user asked to a plan that can be sent: every mistake is found here, before any request leaves.

Checks labels, keys, prices, tasks, reachable loopback servers and the sandbox backend. Not here: making the
run folder and sending (session).
"""

from __future__ import annotations

import itertools
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from harness.config.environment import api_key, missing_keys
from harness.config.load import Config
from harness.core.errors import ConfigError, DataError, UsageError
from harness.core.prices import CostUnknown, Price
from harness.core.types import Endpoint, SamplingParams
from harness.grading.base import GraderOptions, make_grader
from harness.grading.code.case_specs import parse_tests
from harness.pricing.book import PriceBook, load_book
from harness.providers import dialect_loader
from harness.run.planning.local_servers import unreachable_servers
from harness.run.planning.plan import Plan, choose_samples, effective_params
from harness.run.planning.reuse import open_runs, reused_lines
from harness.run.session import grader_options, max_cost_of, plan_of
from harness.store.codec import SCHEMA_VERSION, Manifest, RunKind, SampleLine, TaskEntry
from harness.store.run_dir import RunDir
from harness.tasks.load import LoadedTask


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a user asked for, resolved to values; `prices` are all rows of the models asked, dollars are Decimals.

    `kind` and `every_s` are the manifest's.
    `reuse`: folders of earlier runs whose answers are taken over where the same work is asked for. `until_width`,
    `until_separated`: end before the last job, once so much is known (run.early). `sandbox`: the container asked for.
    """

    endpoints: tuple[Endpoint, ...]
    tasks: tuple[LoadedTask, ...]
    prices: tuple[Price, ...]
    limit: int | None
    repeats: int
    params: SamplingParams
    seed: int
    max_usd: Decimal | None
    max_usd_per_model: Decimal | None
    allow_unpriced: bool
    unsafe_no_sandbox: bool
    command: tuple[str, ...]
    reuse: tuple[Path, ...] = ()
    kind: RunKind = "run"
    every_s: float = 0.0
    until_width: float | None = None
    until_separated: bool = False
    sandbox: str | None = None


def begin(request: RunRequest, folder: Path, now: datetime) -> RunDir:
    """Check what is asked and make the run folder; nothing is sent.

    Raises ConfigError, LocalError or SandboxUnavailable for whatever would spoil the run later.
    """
    has_ceiling = request.max_usd is not None or request.max_usd_per_model is not None
    book = load_book(own=request.prices)
    if not request.allow_unpriced or has_ceiling:
        check_prices(book, request.endpoints, now, has_ceiling=has_ceiling)
    request = replace(request, endpoints=unreachable_servers(request.endpoints))
    plan = make_plan(request)
    check_distinct(plan)
    check_tests(plan, request.tasks)
    if has_ceiling:
        check_bounds(plan, book, now)
    earlier = open_runs(request.reuse)
    options = GraderOptions(unsafe_no_sandbox=request.unsafe_no_sandbox, sandbox=request.sandbox)
    sandbox_backend = check_graders([loaded.task.grader for loaded in request.tasks], options)
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version=version("price-performance-harness"),
        created_at=now,
        command=request.command,
        endpoints=request.endpoints,
        dialects=dialect_versions(request.endpoints),
        tasks=task_entries(plan, request.tasks),
        repeats=plan.repeats,
        limit=request.limit,
        seed=plan.seed,
        params=plan.params,
        max_usd=request.max_usd,
        per_model_usd=_per_model(request.endpoints, request.max_usd_per_model),
        allow_unpriced=request.allow_unpriced,
        unsafe_no_sandbox=request.unsafe_no_sandbox,
        sandbox=request.sandbox,
        prices=request.prices,
        sandbox_backend=sandbox_backend,
        machine=machine_info(),
        reused_runs=tuple(run.name for run in earlier),
        kind=request.kind,
        every_s=request.every_s,
        until_width=request.until_width,
        until_separated=request.until_separated,
    )
    lines = (SampleLine(task=planned.name, sample=sample) for planned in plan.tasks for sample in planned.samples)
    return RunDir.create(folder, manifest, lines, reused=reused_lines(plan, earlier))


def reopen(folder: Path, now: datetime, *, max_usd: Decimal | None, max_usd_per_model: Decimal | None = None) -> RunDir:
    """An existing run, fit to go on; `max_usd` and `max_usd_per_model` replace its ceilings.

    Raises UsageError when it is no run or was begun with another version of a dialect: then its answers would not be
    recognised and be paid again. Raises ConfigError for a ceiling on models whose cost has no bound.
    """
    run = RunDir.open(folder)
    manifest = run.manifest()
    spoken = dialect_versions(manifest.endpoints)
    changed = [f"{name} {then} -> {spoken[name]}" for name, then in manifest.dialects.items() if spoken[name] != then]
    if changed:
        raise UsageError(
            f"{folder} was begun with other dialect versions ({', '.join(changed)}), so its paid answers would be "
            "paid again; begin a new run"
        )
    made_up = [
        now.label
        for then, now in zip(manifest.endpoints, unreachable_servers(manifest.endpoints), strict=True)
        if now != then
    ]
    if made_up:
        raise UsageError(
            f"{folder} was begun with live models and now the mock answers for {', '.join(made_up)}: its answers are "
            "SIMULATED and cannot go into one table with them; start the servers of then, or begin a new run"
        )
    check_graders(
        [entry.grader for entry in manifest.tasks], grader_options(manifest, sandbox_backend=manifest.sandbox_backend)
    )
    capped = replace(
        manifest,
        max_usd=manifest.max_usd if max_usd is None else max_usd,
        per_model_usd=_per_model(manifest.endpoints, max_usd_per_model) or manifest.per_model_usd,
    )
    if capped.max_usd is not None or capped.per_model_usd:
        book = load_book(own=manifest.prices)
        check_prices(book, manifest.endpoints, now, has_ceiling=True)
        check_bounds(plan_of(manifest, run.samples()), book, now)
    if capped != manifest:
        with run.locked():
            run.rewrite_manifest(capped)
    return run


def make_plan(request: RunRequest) -> Plan:
    """The plan of a request: the same samples in the same order for every endpoint."""
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
    )


def dialect_versions(endpoints: Sequence[Endpoint]) -> dict[str, int]:
    """The version of each dialect the endpoints speak."""
    return {name: dialect_loader.load(name).version for name in sorted({endpoint.dialect for endpoint in endpoints})}


def machine_info() -> dict[str, str]:
    """What a reader of the numbers should know of the machine that took them."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
    }


def _per_model(endpoints: Sequence[Endpoint], ceiling: Decimal | None) -> dict[str, Decimal]:
    return {} if ceiling is None else {endpoint.label: ceiling for endpoint in endpoints}


def task_entries(plan: Plan, tasks: Sequence[LoadedTask]) -> tuple[TaskEntry, ...]:
    """What the manifest says of the tasks."""
    return tuple(
        TaskEntry(
            name=planned.name,
            version=planned.version,
            grader=planned.grader,
            content_hash=loaded.content_hash,
            origin=loaded.origin,
            licence=loaded.task.source.licence,
            max_tokens=planned.max_tokens,
            samples=len(planned.samples),
            accepted_change=loaded.accepted_change,
        )
        for planned, loaded in zip(plan.tasks, tasks, strict=True)
    )


def collect_keys(endpoints: Sequence[Endpoint], environ: Mapping[str, str]) -> dict[str, str]:
    """The keys by variable name. Raises ConfigError naming every missing variable and the models that need it."""
    missing = missing_keys(endpoints, environ)
    if missing:
        lines = [f"{variable} is not set; needed for {', '.join(labels)}" for variable, labels in missing]
        raise ConfigError("\n".join([*lines, "set it in the environment or in .env; nothing was sent"]))
    keys = {}
    for endpoint in endpoints:
        key = api_key(endpoint, environ)
        if endpoint.api_key_env is not None and key is not None:
            keys[endpoint.api_key_env] = key
    return keys


def price_rows(config: Config, endpoints: Sequence[Endpoint], files: Sequence[Path]) -> tuple[Price, ...]:
    """Every row of the price book for the models asked, whatever its dates."""
    book = load_book(own=config.prices(endpoints), extra_files=files)
    names = dict.fromkeys((endpoint.provider, endpoint.model) for endpoint in endpoints)
    return tuple(row for provider, model in names for row in book.rows(provider, model))


def check_prices(book: PriceBook, endpoints: Sequence[Endpoint], now: datetime, *, has_ceiling: bool) -> None:
    """Raises ConfigError naming every model without a price in force."""
    lines = []
    for endpoint in endpoints:
        price = book.price_at(endpoint.provider, endpoint.model, now)
        if isinstance(price, CostUnknown):
            lines.append(f"{endpoint.label}: {price.reason}")
    if lines:
        way_out = "a ceiling needs a price for every model" if has_ceiling else "--allow-unpriced runs all the same"
        raise ConfigError("\n".join([*lines, f"no price, so no dollars: {way_out}; nothing was sent"]))


def check_bounds(plan: Plan, book: PriceBook, now: datetime) -> None:
    """Raises ConfigError naming every model of which one request has no known worst case: no ceiling holds it."""
    lines: dict[str, None] = {}
    for endpoint in plan.endpoints:
        for planned in plan.tasks:
            params = effective_params(plan.params, endpoint, planned.max_tokens)
            for sample in planned.samples[:1]:
                worst = max_cost_of(book, endpoint, sample, params, now)
                if isinstance(worst, CostUnknown):
                    lines[f"{endpoint.label}: {worst.reason}"] = None
    if lines:
        raise ConfigError("\n".join([*lines, "a ceiling needs a bound on every request; nothing was sent"]))


def check_distinct(plan: Plan) -> None:
    """Raises UsageError where two things asked for would be one and the same work, told apart by nothing."""
    names = [planned.name for planned in plan.tasks]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two tasks are named {name}; rename one of the files")
    for planned in plan.tasks:
        ids = Counter(sample.id for sample in planned.samples)
        twice = [sample_id for sample_id, count in ids.items() if count > 1]
        if twice:
            raise DataError(f"{planned.name}: {len(twice)} sample ids stand twice, the first is {twice[0]!r}")
    labels: dict[str, str] = {}
    for endpoint in plan.endpoints:
        for job in itertools.islice(plan.jobs(endpoint), 1):
            if job.key in labels:
                raise UsageError(
                    f"{labels[job.key]} and {endpoint.label} would send the same requests; name one of them"
                )
            labels[job.key] = endpoint.label


def check_tests(plan: Plan, tasks: Sequence[LoadedTask]) -> None:
    """Raises DataError for a sample of a user's own file whose tests the code grader could not read afterwards."""
    own = {loaded.task.name for loaded in tasks if loaded.task.content_hash is None and loaded.task.grader == "code"}
    for planned in plan.tasks:
        for sample in planned.samples if planned.name in own else ():
            try:
                parse_tests(sample.target)
            except DataError as error:
                raise DataError(f"{planned.name}: sample {sample.id}: {error}; nothing was sent") from error


def check_graders(names: Sequence[str], options: GraderOptions) -> str | None:
    """Start each grader once; the sandbox backend in which model-written code will run, None where none is run.

    An empty name is a task that is not graded. Raises SandboxUnavailable before any dollar is spent.
    """
    backends = []
    for name in dict.fromkeys(filter(None, names)):
        grader = make_grader(name, options)
        backends.append(grader.sandbox_backend)
        grader.close()
    return next((backend for backend in backends if backend is not None), None)
