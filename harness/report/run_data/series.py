"""What runs hold for comparisons and claims: one model on one task as arrays, aligned by sample with the others.

Covers reading the rows of several run folders, finding a claim's model among their labels, and pooling tasks. Models
are only put side by side where task version, samples, prompts and settings are the same. Not here: the numbers made
of it (compare, claims.measure).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache

import numpy as np

from harness.core.labels import split_label
from harness.core.types import SamplingParams, Verdict
from harness.grading.math.vote import cluster
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.stats.intervals import Undefined
from harness.stats.model_data import Measured, ModelData
from harness.store.codec import TaskEntry

QUANTITIES = (
    "spent_usd",
    "accepted_usd",
    "prompt_tokens",
    "completion_tokens",
    "total_s",
    "ttft_s",
    "first_answer_s",
    "tokens_per_s",
)
CORRECT = "\0correct"
"""What correct answers vote as: all equal the target. No extracted answer can look like it."""
FLAGS = ("attempted", "failed", "ruled", "correct", "truncated", "refused", "no_answer")


@dataclass(slots=True, kw_only=True)
class JobCell:
    """One job in numbers; a quantity that is not known is not in `known`."""

    flags: frozenset[str]
    known: dict[str, float]
    answer: str | None


@dataclass(slots=True, kw_only=True)
class ModelSeries:
    """One label on one task in one run. `cells` by (sample, repeat); `cost_unknown`: jobs by the reason why."""

    label: str
    name: str
    run: str
    created_at: datetime
    entry: TaskEntry
    params: SamplingParams
    simulated: bool
    cells: dict[tuple[str, int], JobCell] = field(default_factory=dict)
    reused: bool = False
    prices: set[str] = field(default_factory=set)
    cost_unknown: Counter[str] = field(default_factory=Counter)

    @property
    def terms(self) -> tuple[object, ...]:
        """What must be the same for two models to be put side by side."""
        entry = self.entry
        return (entry.version, entry.content_hash, entry.grader, entry.max_tokens, self.params)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedSeries:
    """Some labels on the samples of the tasks they share: arrays by label, and where they come from."""

    data: dict[str, ModelData]
    tasks: tuple[str, ...]
    series: tuple[ModelSeries, ...]

    @property
    def samples(self) -> int:
        """Samples that every model was ruled on."""
        ruled = [model.graded.any(axis=1) for model in self.data.values()]
        return int(np.logical_and.reduce(ruled).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSet:
    """All series of the runs given; of two of one label on one task the later run counts."""

    series: tuple[ModelSeries, ...]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.label for one in self.series))

    def label_of(self, model: str, is_same: Callable[[str, str], bool]) -> tuple[str, str] | None:
        """The label that stands for a claim's model, and what to say of it; None where no run has it.

        The same label first, then the same host and model, then another host. An effort asked for must be the one that
        was run; where none is, the label without one counts, else the highest, which is then said.
        """
        if model in self.labels:
            return model, ""
        name, effort = split_label(model)
        names = {one.label: one.name for one in self.series}
        made_up = {one.label for one in self.series if one.simulated}  # never stands in for a model it is named after
        own = [label for label in self.labels if names[label] == name]
        other = [
            label for label in self.labels if label not in own and label not in made_up and is_same(name, names[label])
        ]
        for found, said in ((own, ""), (other, f"{name} as served by another host")):
            fitting = [label for label in found if effort is None or split_label(label)[1] is effort]
            if fitting:
                label = _chosen(fitting)
                return label, said or (f"{label} stands for {model}" if label != model else "")
        return None

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
            terms = {by_place[label, task].terms for label in wanted}
            if len(terms) > 1:
                return Undefined(
                    reason=f"the runs of {task} differ in version, samples or settings: not put side by side"
                )
        used = tuple(by_place[label, task] for label in wanted for task in shared)
        return AlignedSeries(
            data={label: _arrays([one for one in used if one.label == label], used) for label in wanted},
            tasks=shared,
            series=used,
        )


def load_series(runs: Iterable[RunData]) -> SeriesSet:
    """Read the runs' jobs. Free; sends nothing."""
    kept: dict[tuple[str, str], ModelSeries] = {}
    notes: list[str] = []
    for run in runs:
        found = RunSeries.empty(run)
        run.read(found)
        for one in found.with_jobs:
            place = (one.label, one.entry.name)
            before = kept.get(place)
            if before is not None:
                later, earlier = sorted((before, one), key=lambda each: each.created_at, reverse=True)
                notes.append(f"{one.label} on {one.entry.name}: {later.run} counts, {earlier.run} is left out")
                one = later
            kept[place] = one
    return SeriesSet(series=tuple(kept.values()), notes=tuple(notes))


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
                    simulated=endpoint.simulated,
                )
                for endpoint in manifest.endpoints
                for entry in manifest.tasks
            }
        )

    @property
    def with_jobs(self) -> list[ModelSeries]:
        """Those of which a job has ended."""
        return [one for one in self.by_place.values() if one.cells]

    def add(self, record: JobRecord) -> None:
        """Take in one job that has ended."""
        if not record.is_finished:
            return
        one = self.by_place[record.label, record.task]
        one.cells[record.sample_id, record.repeat] = _cell(record)
        one.reused = one.reused or record.reused_from is not None
        if record.spent_unknown is not None:
            one.cost_unknown[record.spent_unknown] += 1
        if record.accepted_price_id is not None:
            one.prices.add(record.accepted_price_id)


def _cell(record: JobRecord) -> JobCell:
    verdict = record.verdict
    held = {
        "attempted": True,
        "failed": not record.is_answered,
        "ruled": record.is_answered and verdict not in (None, Verdict.GRADER_ERROR),
        "correct": verdict is Verdict.CORRECT,
        "truncated": verdict is Verdict.TRUNCATED,
        "refused": verdict is Verdict.REFUSED,
        "no_answer": verdict is Verdict.NO_ANSWER,
    }
    return JobCell(
        flags=_shared_set(frozenset(name for name, holds in held.items() if holds)),
        known={name: value for name, value in _quantities(record).items() if value is not None},
        answer=CORRECT if verdict is Verdict.CORRECT else record.answer,
    )


@cache
def _shared_set(flags: frozenset[str]) -> frozenset[str]:
    """One object for equal sets: a run has a handful of them and millions of cells."""
    return flags


def _quantities(record: JobRecord) -> dict[str, float | None]:
    found: dict[str, float | None] = {
        "spent_usd": None if record.spent_usd is None else float(record.spent_usd),
        "accepted_usd": None if record.accepted_usd is None else float(record.accepted_usd),
        "prompt_tokens": record.prompt_tokens,
        "completion_tokens": record.completion_tokens,
    }
    if record.is_answered and not record.is_timing_discarded:
        found["total_s"] = record.total_s
        found["ttft_s"] = record.ttft_s
        found["first_answer_s"] = record.first_answer_s
        found["tokens_per_s"] = record.tokens_per_s
    return found


def _arrays(own: Sequence[ModelSeries], among: Sequence[ModelSeries]) -> ModelData:
    """One model's cells on every sample any of the series has, tasks one under the other."""
    places: dict[tuple[str, str], int] = {}
    for one in among:
        for sample, _ in one.cells:
            places.setdefault((one.entry.name, sample), len(places))
    repeats = 1 + max(repeat for one in among for _, repeat in one.cells)
    shape = (len(places), repeats)
    flags = {name: np.zeros(shape, dtype=np.bool_) for name in FLAGS}
    values = {name: np.zeros(shape) for name in QUANTITIES}
    known = {name: np.zeros(shape, dtype=np.bool_) for name in QUANTITIES}
    kinds = np.full(shape, -1, dtype=np.int64)
    numbers: dict[tuple[int, str], int] = {}
    for one in own:
        same = _same_answers(one)
        for (sample, repeat), cell in one.cells.items():
            at = places[one.entry.name, sample], repeat
            for name in cell.flags:
                flags[name][at] = True
            for name, value in cell.known.items():
                values[name][at], known[name][at] = value, True
            if cell.answer is not None:
                answer = same.get((sample, cell.answer), cell.answer)
                kinds[at] = numbers.setdefault((at[0], answer), len(numbers))
    measured = {name: Measured(values=values[name], known=known[name]) for name in QUANTITIES}
    return ModelData(
        samples=tuple(f"{task}/{sample}" for task, sample in places),
        attempted=flags["attempted"],
        failed=flags["failed"],
        graded=flags["ruled"],
        correct=flags["correct"],
        truncated=flags["truncated"],
        refused=flags["refused"],
        no_answer=flags["no_answer"],
        answer_kind=kinds,
        spent_usd=measured["spent_usd"],
        accepted_usd=measured["accepted_usd"],
        prompt_tokens=measured["prompt_tokens"],
        completion_tokens=measured["completion_tokens"],
        total_s=measured["total_s"],
        ttft_s=measured["ttft_s"],
        first_answer_s=measured["first_answer_s"],
        tokens_per_s=measured["tokens_per_s"],
    )


def _same_answers(one: ModelSeries) -> dict[tuple[str, str], str]:
    """For repeats of math samples: each wrong answer's text by (sample, text) to the first one that equals it.

    A majority vote counts answers that are equal, not texts that are. Answers to other graders vote by their text.
    """
    texts: dict[str, list[str]] = {}
    if one.entry.grader == "math":
        for (sample, _), cell in sorted(one.cells.items()):
            if cell.answer is not None and cell.answer != CORRECT and cell.answer not in texts.setdefault(sample, []):
                texts[sample].append(cell.answer)
    return {
        (sample, said[place]): said[group[0]]
        for sample, said in texts.items()
        if len(said) > 1
        for group in cluster(said)
        for place in group
    }


def _chosen(labels: Sequence[str]) -> str:
    """The label without an effort, else the one with the highest."""
    order = ["none", "minimal", "low", "medium", "high"]
    return max(labels, key=lambda label: order.index(label.partition("@")[2]) if "@" in label else len(order))


def settings_text(params: SamplingParams) -> str:
    """The sampling parameters that are sent, in words; `none` where the provider's defaults hold."""
    held = [(column.name, getattr(params, column.name)) for column in fields(params)]
    return ", ".join(f"{name}={getattr(value, 'value', value)}" for name, value in held if value is not None) or "none"
