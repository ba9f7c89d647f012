"""What a manifest says of a run, from a plan and back to one: a resumed run makes the same plan from the file."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from harness.core.errors import LocalError
from harness.core.types import Endpoint, Sample
from harness.grading.base import GraderOptions
from harness.providers import dialect_loader
from harness.run.planning.plan import Plan, PlannedTask
from harness.store.codec import Manifest, TaskEntry
from harness.tasks.load import LoadedTask


def plan_of(manifest: Manifest, samples: Mapping[tuple[str, str], Sample]) -> Plan:
    """The plan that a manifest and its samples describe; samples keep the order in which they were written.

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
        tasks=tuple(_planned_task(entry, by_task[entry.name]) for entry in manifest.tasks),
        repeats=manifest.repeats,
        params=manifest.params,
        seed=manifest.seed,
        every_s=manifest.every_s,
        is_cold=manifest.kind == "speed",
        cache=manifest.cache,
        nonce=nonce_of(manifest.created_at),
        conversation=manifest.conversation,
    )


def nonce_of(created_at: datetime) -> str:
    """What tells a run from every other, for the beginnings of its cold requests."""
    return created_at.astimezone(UTC).isoformat()


def _planned_task(entry: TaskEntry, samples: Sequence[Sample]) -> PlannedTask:
    return PlannedTask(
        name=entry.name,
        version=entry.version,
        grader=entry.grader,
        max_tokens=entry.max_tokens,
        samples=tuple(samples),
    )


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


def dialect_versions(endpoints: Sequence[Endpoint]) -> dict[str, int]:
    """The version of each dialect that the endpoints use."""
    return {name: dialect_loader.load(name).version for name in sorted({endpoint.dialect for endpoint in endpoints})}


def machine_info() -> dict[str, str]:
    """What a reader of the numbers should know of the machine that measured them."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
    }


def per_model_caps(endpoints: Sequence[Endpoint], usd: Decimal | None) -> dict[str, Decimal]:
    """The budget of each model by label; empty where there is none."""
    return {} if usd is None else {endpoint.label: usd for endpoint in endpoints}


def has_budget(manifest: Manifest) -> bool:
    """Whether the run's dollars are limited, in all or per model."""
    return manifest.max_usd is not None or bool(manifest.per_model_usd)


def grader_options(manifest: Manifest, *, sandbox_backend: str | None) -> GraderOptions:
    """What a run's graders must keep to; `sandbox_backend` None: the best that works, of those that the run allows."""
    return GraderOptions(
        unsafe_no_sandbox=manifest.unsafe_no_sandbox, sandbox=manifest.sandbox, sandbox_backend=sandbox_backend
    )
