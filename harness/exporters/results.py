"""The results that other databases take: one per model and task with an accuracy, with its benchmark and settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.core.errors import HarnessError, UsageError
from harness.core.types import Endpoint, Source
from harness.report.run_data.load import RunData
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.build import build_run_report
from harness.stats.intervals import ConfidenceInterval
from harness.store.codec import Manifest, TaskEntry
from harness.tasks.folders import import_task, shipped_dir, task_name

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishableResult:
    """One model on one task. `source`: the benchmark, where the samples are a shipped task's pinned ones."""

    run: str
    manifest: Manifest
    endpoint: Endpoint
    task: TaskEntry
    summary: ModelSummary
    accuracy: ConfidenceInterval
    source: Source | None

    @property
    def model_id(self) -> str:
        """`developer/model`, portable as a path: a gateway's models have both in their name."""
        name = self.endpoint.model if "/" in self.endpoint.model else self.endpoint.name
        return "".join("-" if letter in '<>:"\\|?*' else letter for letter in name)

    @property
    def is_local(self) -> bool:
        """Whether the model was served on this machine."""
        return urlsplit(self.endpoint.base_url).hostname in LOOPBACK


def publishable(runs: Sequence[RunData]) -> tuple[list[PublishableResult], list[str]]:
    """The results of the runs in the order of their reports, and why others are left out.

    Raises UsageError where none is left.
    """
    found: list[PublishableResult] = []
    notes: list[str] = []
    for data in runs:
        for result in _of_run(data):
            if isinstance(result, str):
                notes.append(result)
            else:
                found.append(result)
    if not found:
        raise UsageError("\n".join(["no result to export: no answer is graded", *notes]))
    return found, notes


def _of_run(data: RunData) -> Iterator[PublishableResult | str]:
    endpoints = {endpoint.label: endpoint for endpoint in data.manifest.endpoints}
    for table in build_run_report(data).tables:
        for summary in table.summaries:
            accuracy = summary.accuracy
            if accuracy is None:
                yield f"{summary.label} on {summary.task} of {data.run.name}: no answer is graded; left out"
                continue
            if summary.answering.is_mixed:
                said = f"{summary.answering.text()}, so the accuracy is not the model's own"
                yield f"{summary.label} on {summary.task} of {data.run.name}: {said}; left out"
                continue
            yield PublishableResult(
                run=data.run.name,
                manifest=data.manifest,
                endpoint=endpoints[summary.label],
                task=table.task,
                summary=summary,
                accuracy=accuracy,
                source=_benchmark(table.task),
            )


def _benchmark(entry: TaskEntry) -> Source | None:
    """The source of the shipped task whose pinned samples these are, wherever they were read from."""
    path = shipped_dir() / f"{entry.name.replace('-', '_')}.py"
    if not path.is_file() or task_name(path.stem) != entry.name:
        return None
    try:
        task = import_task(path)
    except HarnessError:
        return None
    return task.source if task.content_hash == entry.content_hash else None
