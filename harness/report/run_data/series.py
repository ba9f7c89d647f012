"""What runs hold for comparisons and claims: the series of all their models, and those that go side by side.

Covers reading the rows of several run folders, finding a claim's model among their labels, and pooling tasks. Models
are only put side by side where task version, samples, prompts and settings are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from harness.core.labels import split_label
from harness.core.types import Origin
from harness.report.run_data.columns import JobColumns, by_place
from harness.report.run_data.imported import source_words
from harness.report.run_data.load import RunData
from harness.report.run_data.model_series import ModelSeries
from harness.report.run_data.records import JobRecord
from harness.report.run_data.sample_grid import SampleGrid
from harness.stats.intervals import Undefined
from harness.stats.model_data import ModelData
from harness.store.codec import Manifest

EVIDENCE = (
    frozenset({Origin.LIVE, Origin.REPLAYED}),
    frozenset({Origin.IMPORTED}),
    frozenset({Origin.SIMULATED}),
)
"""Where figures come from, the strongest evidence first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedSeries:
    """Some labels on the samples of the tasks they share: arrays by label, and where they come from."""

    data: dict[str, ModelData]
    tasks: tuple[str, ...]
    series: tuple[ModelSeries, ...]

    @property
    def asked(self) -> tuple[str, ...]:
        """Where a run could stop early, all samples in the order it asked them, as `task/sample`; else empty."""
        if not any(one.asked for one in self.series):
            return ()
        order = (f"{one.entry.name}/{sample}" for one in self.series for sample in one.asked)
        return tuple(dict.fromkeys([*order, *next(iter(self.data.values())).samples]))

    @property
    def samples(self) -> int:
        """Samples graded for every model."""
        graded = [model.graded.any(axis=1) for model in self.data.values()]
        return int(np.logical_and.reduce(graded).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSet:
    """All series of the runs given; of two of one label on one task one counts (see load_series)."""

    series: tuple[ModelSeries, ...]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.label for one in self.series))

    def of_origins(self, origins: Collection[Origin]) -> SeriesSet:
        """The same with those series alone whose figures come from there."""
        return SeriesSet(series=tuple(one for one in self.series if one.origin in origins), notes=self.notes)

    def labels_of(self, model: str, is_same: Callable[[str, str], bool]) -> tuple[tuple[str, str], ...]:
        """The labels that can stand for a claim's model, best first, each with what to say of it.

        The same label first, then the same host and model, then each other host. An effort asked for must be the one
        that was run; where none is, the label without one counts, else the highest, which is then said. Results of the
        mock never stand in for a model on another host.
        """
        name, effort = split_label(model)
        names = {one.label: one.name for one in self.series}
        made_up = {one.label for one in self.series if one.origin is Origin.SIMULATED}
        fitting = [label for label in self.labels if effort is None or split_label(label)[1] is effort]
        own = [label for label in fitting if names[label] == name]
        other = [label for label in fitting if label not in (*own, *made_up) and is_same(name, names[label])]
        found = {model: ""} if model in self.labels else {}
        if own:
            label = _chosen(own)
            found.setdefault(label, f"{label} stands for {model}" if label != model else "")
        hosts = dict.fromkeys([names[_chosen(other)], *(names[label] for label in other)]) if other else {}
        for host in hosts:
            label = _chosen([one for one in other if names[one] == host])
            found.setdefault(label, f"{name} as served by another host")
        return tuple(found.items())

    def shared_tasks(self, labels: Sequence[str], tasks: Sequence[str]) -> tuple[str, ...]:
        """The tasks (of `tasks`, where any is named) that every one of the labels ran."""
        places = {(one.label, one.entry.name) for one in self.series}
        names = dict.fromkeys(one.entry.name for one in self.series)
        return tuple(
            task for task in names if (not tasks or task in tasks) and all((label, task) in places for label in labels)
        )

    def aligned(self, labels: Sequence[str], tasks: Sequence[str]) -> AlignedSeries | Undefined:
        """Those labels on all tasks (of `tasks`, where any is named) that every one of them ran.

        Undefined where there is no such task, or where its runs cannot be put side by side.
        """
        wanted = list(dict.fromkeys(labels))
        by_place = {(one.label, one.entry.name): one for one in self.series}
        shared = self.shared_tasks(wanted, tasks)
        if not shared:
            where = f" among {', '.join(tasks)}" if tasks else ""
            return Undefined(reason=f"no task{where} was run by all of {', '.join(wanted)}")
        for task in shared:
            # Other prompts or settings make another benchmark under the same name.
            terms = {by_place[label, task].terms for label in wanted}
            if len(terms) > 1:
                return Undefined(reason=f"the runs of {task} differ in version, samples or settings: not compared")
        used = tuple(by_place[label, task] for label in wanted for task in shared)
        grid = SampleGrid.of(used)
        return AlignedSeries(
            data={label: grid.model_data([one for one in used if one.label == label]) for label in wanted},
            tasks=shared,
            series=used,
        )


def load_series(runs: Iterable[RunData]) -> SeriesSet:
    """Read the runs' jobs. Free; sends nothing.

    Of two series of one label on one task, measured ones count before imported ones, these before simulated ones; of
    one kind the later run counts.
    """
    kept: dict[tuple[str, str], ModelSeries] = {}
    notes: list[str] = []
    for run in runs:
        found = RunSeries.empty(run)
        run.read(found)
        for one in found.with_jobs:
            place = (one.label, one.entry.name)
            before = kept.get(place)
            if before is not None:
                chosen, other = sorted((before, one), key=_precedence, reverse=True)
                notes.append(f"{one.label} on {one.entry.name}: {chosen.run} counts, {other.run} is left out")
                chosen.replaces += (other.run, *other.replaces)
                one = chosen
            kept[place] = one
    return SeriesSet(series=tuple(kept.values()), notes=tuple(notes))


def _precedence(series: ModelSeries) -> tuple[int, datetime]:
    return -next(place for place, origins in enumerate(EVIDENCE) if series.origin in origins), series.created_at


@dataclass(frozen=True, slots=True)
class RunSeries:
    """The series of one run by (label, task)."""

    by_place: Mapping[tuple[str, str], ModelSeries]

    @classmethod
    def empty(cls, run: RunData) -> RunSeries:
        """One for each model on each task, to be filled by `add`."""
        manifest = run.manifest
        return cls(
            {
                (endpoint.label, entry.name): ModelSeries(
                    label=endpoint.label,
                    name=endpoint.name,
                    run=run.run.name,
                    created_at=manifest.created_at,
                    entry=entry,
                    params=manifest.params,
                    origin=endpoint.origin,
                    price=run.book.worst_price(endpoint.provider, endpoint.model, manifest.created_at),
                    endpoint=endpoint,
                    asked=run.sample_order(entry.name) if manifest.may_stop_early else (),
                    imported_from=_imported_from(manifest),
                )
                for endpoint in manifest.endpoints
                for entry in manifest.tasks
            }
        )

    @property
    def with_jobs(self) -> list[ModelSeries]:
        """Those of which a job has ended."""
        return [one for one in self.by_place.values() if one.jobs]

    def add(self, record: JobRecord) -> None:
        """Take in one job that has ended."""
        # An open job of an interrupted run is neither an answer nor a failure yet.
        if not record.is_finished:
            return
        self.by_place[record.label, record.task].add(record)

    def add_columns(self, jobs: JobColumns) -> None:
        """Take in the jobs of a block that have ended."""
        for label, task, rows in by_place(jobs):
            self.by_place[label, task].add_columns(jobs, rows[jobs.flags("is_finished")[rows]])


def _imported_from(manifest: Manifest) -> str:
    found = manifest.imported
    if found is None:
        return ""
    day = "" if found.published_on else f", its day not known, imported on {manifest.created_at:%Y-%m-%d}"
    return source_words(found) + day


def _chosen(labels: Sequence[str]) -> str:
    """The label without an effort, else the one with the highest."""
    order = ["none", "minimal", "low", "medium", "high"]
    return max(labels, key=lambda label: order.index(label.partition("@")[2]) if "@" in label else len(order))
