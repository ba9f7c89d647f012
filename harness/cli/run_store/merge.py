"""`harness runs merge`: runs of the same plan, of several machines or begun by mistake twice, as one run."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

from harness.core.errors import EXIT_OK, HarnessError, UsageError
from harness.core.plurals import counted
from harness.core.types import EndpointLimits
from harness.store.batches import BatchJournal
from harness.store.codec import Manifest
from harness.store.merge import MergeCounts, merge_copies
from harness.store.run_dir import RunDir

MAY_DIFFER = frozenset(
    {"created_at", "command", "machine", "max_usd", "per_model_usd", "stopped_early", "harness_version"}
    | {"sandbox_backend", "reused_runs"}
)
"""Fields of a manifest that say how a run was made and not what it asks."""


def merge(arguments: argparse.Namespace) -> int:
    """Join the runs into a new folder. Raises UsageError for runs of different plans."""
    if len(arguments.runs) < 2:
        raise UsageError("name at least two runs of the same plan")
    runs = [RunDir.open(path) for path in arguments.runs]
    places = [run.path.resolve() for run in runs]
    if twice := [run.name for run, place in zip(runs, places, strict=True) if places.count(place) > 1]:
        raise UsageError(f"{twice[0]} is named {counted(len(twice), 'time')}: merge joins different runs of one plan")
    manifests = [run.manifest() for run in runs]
    for run, manifest in zip(runs[1:], manifests[1:], strict=True):
        _check_same_plan(runs[0], manifests[0], run, manifest)
    for run in runs:
        if run.is_locked():  # its requests in flight would be taken as lost, and sent again by the joined run
            raise UsageError(f"{run.path} is being worked on: merge it once its session has ended")
        if waiting := len(BatchJournal(run.path).open_batches):
            raise UsageError(
                f"{run.path} has {counted(waiting, 'batch', 'batches')} whose answers are still to come; a joined run "
                f"could not collect: first harness run --resume {run.path}, or harness batch {run.path} --give-up"
            )
    order = sorted(range(len(runs)), key=lambda number: manifests[number].created_at)
    target = arguments.results / arguments.name
    counts = _write([runs[number] for number in order], _joined([manifests[number] for number in order]), target)
    print(f"{target}: {counted(len(runs), 'run')} with {counted(counts.outcomes, 'outcome')}")
    if counts.repeated:
        print(f"  {counted(counts.repeated, 'line')} stood in more than one of them and came once")
    if counts.conflicts:
        print(
            f"  {counted(counts.conflicts, 'job')} of which several runs were billed: all attempts are kept, and "
            "the answer that was begun first counts"
        )
    return EXIT_OK


def _check_same_plan(first: RunDir, one: Manifest, other_run: RunDir, other: Manifest) -> None:
    differing = [
        name
        for name in (field.name for field in fields(Manifest))
        if name not in MAY_DIFFER and getattr(_plan(one), name) != getattr(_plan(other), name)
    ]
    if differing:
        raise UsageError(
            f"{first.path} and {other_run.path} are not of one plan: {', '.join(differing)} differ; harness compare "
            "shows both in one table"
        )


def _plan(manifest: Manifest) -> Manifest:
    """The manifest without the endpoints' limits, which change no answer."""
    return replace(manifest, endpoints=tuple(replace(one, limits=EndpointLimits()) for one in manifest.endpoints))


def _joined(manifests: Sequence[Manifest]) -> Manifest:
    """The manifest of the joined run: the first one's, with the budgets added up."""
    first = manifests[0]
    caps = [manifest.max_usd for manifest in manifests]
    stopped = [manifest.stopped_early for manifest in manifests]
    return replace(
        first,
        max_usd=None if None in caps else sum((cap for cap in caps if cap is not None), Decimal(0)),
        per_model_usd={
            label: sum((manifest.per_model_usd[label] for manifest in manifests), Decimal(0))
            for label in first.per_model_usd
            if all(label in manifest.per_model_usd for manifest in manifests)
        },
        stopped_early=None if None in stopped else first.stopped_early,
    )


def _write(runs: Sequence[RunDir], manifest: Manifest, target: Path) -> MergeCounts:
    if target.exists():
        raise UsageError(f"{target} exists already: name another --name")
    # Under a hidden name until it is whole: half a merge must not be taken for a run.
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        counts = merge_copies([run.path for run in runs], partial)
        RunDir(partial).rewrite_manifest(manifest)
        partial.rename(target)
    except (HarnessError, OSError):
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return counts
