"""One model on one task over all runs: accuracy, dollars and latency of each run, and what changed between them.

Covers changes of the list price, of the task, of settings, and of the versions of grader, served model and harness.
Accuracy is paired with the run before on shared samples, where both asked the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from harness.core.errors import HarnessError, UsageError
from harness.core.labels import closest_names
from harness.core.prices import Price
from harness.report.run_data.load import RunData
from harness.report.run_data.lost import lost_reason
from harness.report.run_data.model_series import ModelSeries, settings_text
from harness.report.run_data.records import JobRecord
from harness.report.run_data.sample_grid import SampleGrid
from harness.report.run_data.series import RunSeries
from harness.report.run_data.summary import ModelSummary, empty_summaries
from harness.stats.intervals import Undefined
from harness.stats.paired import Difference, holm, paired_difference
from harness.store.codec import Manifest, TaskEntry
from harness.store.run_dir import RunDir, run_folders

OTHER_RATES = "cache, tier or fee rates"
SAMPLES = "samples or prompts"
TASK_VERSION = "task version"
WITHOUT_VALUES = (OTHER_RATES, SAMPLES)
"""Of these it is said that they changed, and not from what to what."""


@dataclass(slots=True, kw_only=True)
class _OnePlace:
    """Takes in the jobs of one model on one task: totals, scores by sample, and versions seen in the answers."""

    summary: ModelSummary
    series: ModelSeries
    graders: dict[str, None] = field(default_factory=dict)
    served: dict[str, None] = field(default_factory=dict)

    def add(self, record: JobRecord) -> None:
        """Take in one job; those of other models and tasks are passed over."""
        if (record.label, record.task) != (self.summary.label, self.summary.task):
            return
        self.summary.add(record)
        if record.is_finished:
            self.series.add(record)
        if record.grader_version is not None:
            self.graders[record.grader_version] = None
        if record.served_model is not None:
            self.served[record.served_model] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """The model on the task in one run.

    `versions`: what may change from run to run, by name, as text. `vs_previous`: accuracy minus that of the run before,
    None for the first run; `p_adjusted`: of its test, by Holm over the table. `changes`: sentences without a subject.
    """

    run: str
    manifest: Manifest
    entry: TaskEntry
    summary: ModelSummary
    series: ModelSeries
    versions: dict[str, str]
    vs_previous: Difference | Undefined | None = None
    p_adjusted: float | None = None
    changes: tuple[str, ...] = ()

    @property
    def usd_per_job(self) -> Decimal | None:
        """Billed dollars of all attempts per job with an outcome; None where any are unknown."""
        spent = self.summary.spent_usd
        return None if spent is None or not self.summary.jobs else spent / self.summary.jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTrend:
    """The runs of a task in the order they were begun."""

    task: str
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTrend:
    """All that `harness trend` shows; `left_out`: runs that cannot be read, a sentence each."""

    model: str
    results: Path
    tasks: tuple[TaskTrend, ...]
    left_out: tuple[str, ...]


def build_trend(results: Path, model: str, tasks: Sequence[str]) -> ModelTrend:
    """Read every run below `results` that has the model on one of the tasks (on any task where none is named).

    Free; sends nothing. Raises UsageError where no run has them, naming what the runs do have.
    """
    runs, left_out = _readable(results)
    runs.sort(key=lambda run: (run.manifest.created_at, run.run.name))
    _check_names(results, runs, model, tasks)
    names = tasks or tuple(
        dict.fromkeys(entry.name for run in runs if model in _labels(run) for entry in run.manifest.tasks)
    )
    points: dict[str, list[TrendPoint]] = {name: [] for name in names}
    for run in runs:
        wanted = [entry for entry in run.manifest.tasks if entry.name in points] if model in _labels(run) else []
        try:
            for point in _points(run, model, wanted):
                points[point.entry.name].append(point)
        except HarnessError as error:
            left_out.append(f"{run.run.name} is left out: {error}")
    trends = [TaskTrend(task=name, points=_linked(found)) for name, found in points.items() if found]
    if not trends:
        raise UsageError(f"no job of {model} on {', '.join(names)} has an outcome in the runs below {results}")
    return ModelTrend(model=model, results=results, tasks=tuple(trends), left_out=tuple(left_out))


def _readable(results: Path) -> tuple[list[RunData], list[str]]:
    runs, left_out = [], []
    for folder in run_folders(results):
        try:
            runs.append(RunData.load(RunDir(folder)))
        except HarnessError as error:
            left_out.append(f"{folder.name} is left out: {error}")
    return runs, left_out


def _labels(run: RunData) -> set[str]:
    return {endpoint.label for endpoint in run.manifest.endpoints}


def _check_names(results: Path, runs: Sequence[RunData], model: str, tasks: Sequence[str]) -> None:
    if not runs:
        raise UsageError(f"no run in {results}; --results names the folder that run folders are in")
    labels = sorted({label for run in runs for label in _labels(run)})
    if model not in labels:
        raise UsageError(f"no run in {results} has the model {model!r}; {closest_names(model, labels)}")
    known = sorted({entry.name for run in runs if model in _labels(run) for entry in run.manifest.tasks})
    for task in tasks:
        if task not in known:
            raise UsageError(f"no run in {results} has {model} on {task!r}; {closest_names(task, known)}")


def _points(run: RunData, model: str, entries: Sequence[TaskEntry]) -> Iterator[TrendPoint]:
    """One for each of the tasks on which the model has an outcome, in one pass over the run."""
    if not entries:
        return
    summaries = {one.task: one for one in empty_summaries(run) if one.label == model}
    series = RunSeries.empty(run).by_place
    places = {
        entry.name: _OnePlace(summary=summaries[entry.name], series=series[model, entry.name]) for entry in entries
    }
    run.read(*places.values())
    for head, count in run.lost.without_record:
        if head.label == model and head.task in places:
            places[head.task].summary.unpriced[lost_reason(count)] += 1
    for entry in entries:
        place = places[entry.name]
        if place.summary.jobs:
            yield TrendPoint(
                run=run.run.name,
                manifest=run.manifest,
                entry=entry,
                summary=place.summary,
                series=place.series,
                versions=_versions(run, model, entry, place),
            )


def _versions(run: RunData, model: str, entry: TaskEntry, place: _OnePlace) -> dict[str, str]:
    manifest = run.manifest
    endpoint = next(one for one in manifest.endpoints if one.label == model)
    price = run.book.price_at(endpoint.provider, endpoint.model, manifest.created_at)
    return {
        "list price": _price_text(price) if isinstance(price, Price) else "unknown",
        OTHER_RATES: repr(_other_rates(price)) if isinstance(price, Price) else "",
        TASK_VERSION: str(entry.version),
        SAMPLES: entry.content_hash,
        "grader": " ".join((entry.grader, " and ".join(place.graders))),
        "settings": f"{settings_text(manifest.params)}; {settings_text(endpoint.params)}; limit {entry.max_tokens}",
        "served model": " and ".join(place.served) or "not named",
        "served by": f"{endpoint.base_url}, {endpoint.dialect} {manifest.dialects.get(endpoint.dialect)}",
        "harness": manifest.harness_version,
    }


def _price_text(price: Price) -> str:
    return f"{price.rates.prompt:f} / {price.rates.completion:f} {price.currency}"


def _other_rates(price: Price) -> tuple[object, ...]:
    rates = replace(price.rates, prompt=Decimal(0), completion=Decimal(0))
    return (rates, price.tiers, price.windows, price.service_tiers, price.fee_share, price.surcharges)


def _linked(points: Sequence[TrendPoint]) -> tuple[TrendPoint, ...]:
    """The points, each compared with the one before it."""
    linked = [points[0]] if points else []
    for before, point in pairwise(points):
        linked.append(replace(point, vs_previous=_difference(before, point), changes=tuple(_changes(before, point))))
    adjusted = iter(holm([one.vs_previous.p_value for one in linked if isinstance(one.vs_previous, Difference)]))
    return tuple(
        replace(one, p_adjusted=next(adjusted)) if isinstance(one.vs_previous, Difference) else one for one in linked
    )


def _difference(before: TrendPoint, after: TrendPoint) -> Difference | Undefined:
    for name in (TASK_VERSION, SAMPLES):
        if before.versions[name] != after.versions[name]:
            return Undefined(reason=f"{name} changed: the runs did not ask the same")
    if not before.series.jobs or not after.series.jobs:
        return Undefined(reason="no job of one of the runs has ended")
    grid = SampleGrid.of([before.series, after.series])
    earlier, later = (grid.model_data([one.series]).scored(failures_wrong=False) for one in (before, after))
    return paired_difference(later, earlier)


def _changes(before: TrendPoint, after: TrendPoint) -> Iterator[str]:
    for name, value in after.versions.items():
        was = before.versions[name]
        if was != value:
            yield f"{name} changed" if name in WITHOUT_VALUES else f"{name} {was} to {value}"
