"""What runs hold for comparisons and claims: one model on one task as arrays, aligned by sample with the others.

Covers reading the rows of several run folders, finding a claim's model among their labels, and pooling tasks. Models
are only put side by side where task version, samples, prompts and settings are the same.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np

from harness.core.labels import split_label
from harness.core.prices import CostUnknown, Price
from harness.core.types import Endpoint, Origin, SamplingParams, Verdict
from harness.grading.math.vote import cluster
from harness.pricing.budget import worst_case
from harness.report.run_data.answering import AnsweringModels
from harness.report.run_data.imported import source_words
from harness.report.run_data.load import RunData
from harness.report.run_data.measured import is_usable
from harness.report.run_data.records import JobRecord
from harness.stats.arrays import Counts, Flags, Floats
from harness.stats.intervals import Undefined
from harness.stats.model_data import Measured, ModelData
from harness.store.codec import Manifest, TaskEntry

QUANTITIES = (
    "spent_usd",
    "accepted_usd",
    "prompt_tokens",
    "completion_tokens",
    "total_s",
    "ttft_s",
    "first_answer_s",
    "tokens_per_s",
    "chars_per_s",
)
CORRECT = "\0correct"
"""What correct answers vote as: all equal the target. No extracted answer can look like it."""
FLAGS = ("attempted", "failed", "graded", "correct", "truncated", "refused", "no_answer", "discarded")


FLAG_BITS = {name: 1 << place for place, name in enumerate(FLAGS)}
NAN = math.nan


NO_PRICE = CostUnknown(reason="no price row was given")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """The most generated tokens and dollars of one answer; None where that is not known."""

    tokens: float | None
    usd: float | None

    @classmethod
    def of(cls, series: Iterable[ModelSeries]) -> AnswerLimits:
        """The highest of several series; None where any is not known."""
        found = [one.answer_limits() for one in series]
        return cls(tokens=_highest(one.tokens for one in found), usd=_highest(one.usd for one in found))


def _highest(limits: Iterable[float | None]) -> float | None:
    known = list(limits)
    return None if None in known else max((limit for limit in known if limit is not None), default=None)


@dataclass(slots=True, kw_only=True)
class ModelSeries:
    """One label on one task in one run.

    `jobs`: row of each job by (sample, repeat). By row: `flags`, a bit for each of FLAGS; `amounts`, one number for
    each of QUANTITIES, NaN where it is not known; `answers`, what was extracted. `cost_unknown`: jobs by the reason.
    `asked`: where the run could stop early, the samples in the order they were asked.
    `price`: the highest price row that may have been in force while the run lasted.
    `other_models`: of the answers that another model than the requested one gave, that model's name.
    `imported_from`: the source of an imported run in words, with its day. `replaces`: the earlier runs left out for it.
    """

    label: str
    name: str
    run: str
    created_at: datetime
    entry: TaskEntry
    params: SamplingParams
    origin: Origin
    jobs: dict[tuple[str, int], int] = field(default_factory=dict)
    flags: array[int] = field(default_factory=lambda: array("B"))
    amounts: array[float] = field(default_factory=lambda: array("d"))
    answers: list[str | None] = field(default_factory=list)
    price: Price | CostUnknown = NO_PRICE
    endpoint: Endpoint | None = None
    asked: tuple[str, ...] = ()
    reused: bool = False
    prices: set[str] = field(default_factory=set)
    cost_unknown: Counter[str] = field(default_factory=Counter)
    other_models: dict[tuple[str, int], str] = field(default_factory=dict)
    imported_from: str = ""
    replaces: tuple[str, ...] = ()

    def add(self, record: JobRecord) -> None:
        """Take in one job that has ended; the last of two outcomes of one job counts."""
        place = record.sample_id, record.repeat
        row = self.jobs.get(place)
        amounts = array("d", _amounts(record))
        answer = CORRECT if record.verdict is Verdict.CORRECT else record.answer
        if row is None:
            self.jobs[place] = len(self.answers)
            self.flags.append(_flags(record))
            self.amounts += amounts
            self.answers.append(answer)
        else:
            start = row * len(QUANTITIES)
            self.flags[row], self.answers[row] = _flags(record), answer
            self.amounts[start : start + len(QUANTITIES)] = amounts
        self.other_models.pop(place, None)
        if record.other_model is not None:
            self.other_models[place] = record.other_model
        self.reused = self.reused or record.reused_from is not None
        if record.spent_unknown is not None:
            self.cost_unknown[record.spent_unknown] += 1
        if record.accepted_price_id is not None:
            self.prices.add(record.accepted_price_id)

    def scores(self) -> dict[str, float]:
        """1 or 0 by sample, of the first repeat, for the graded answers."""
        graded, correct = FLAG_BITS["graded"], FLAG_BITS["correct"]
        return {
            sample: float(bool(self.flags[row] & correct))
            for (sample, repeat), row in self.jobs.items()
            if repeat == 0 and self.flags[row] & graded
        }

    def known_amounts(self, *names: str) -> Floats:
        """The jobs of which all these quantities are known, as (jobs, names)."""
        columns = self.table()[:, [QUANTITIES.index(name) for name in names]]
        known: Floats = columns[~np.isnan(columns).any(axis=1)]
        return known

    def table(self) -> Floats:
        """The amounts as (jobs, quantities)."""
        return np.frombuffer(self.amounts).reshape(len(self.answers), len(QUANTITIES))

    def answer_limits(self) -> AnswerLimits:
        """What one answer can hold and cost at most, by the output limit and the price row.

        None where an answer went beyond the limit: then it does not hold all that the model generates.
        """
        own = () if self.endpoint is None else (self.endpoint.params.max_tokens, self.endpoint.max_output_tokens)
        limits = (self.params.max_tokens or self.entry.max_tokens, *own)
        tokens = min((limit for limit in limits if limit), default=None)  # the entry of an imported task says 0
        used = self.known_amounts("completion_tokens").max(initial=0)
        if tokens is None or used > tokens or self.endpoint is None:
            return AnswerLimits(tokens=None, usd=None)
        prompt = int(self.known_amounts("prompt_tokens").max(initial=0))
        usd = worst_case(self.endpoint, prompt, tokens, self.price)
        return AnswerLimits(tokens=float(tokens), usd=None if isinstance(usd, CostUnknown) else float(usd))

    @property
    def answering(self) -> AnsweringModels:
        """Which models gave the answers."""
        failed = FLAG_BITS["failed"]
        return AnsweringModels(
            requested=self.name.partition("/")[2],
            answers=sum(not flags & failed for flags in self.flags),
            others=Counter(self.other_models.values()),
        )

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
    """All series of the runs given; of two of one label on one task the later run counts."""

    series: tuple[ModelSeries, ...]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.label for one in self.series))

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
            terms = {by_place[label, task].terms for label in wanted}
            if len(terms) > 1:
                return Undefined(
                    reason=f"the runs of {task} differ in version, samples or settings: not put side by side"
                )
        used = tuple(by_place[label, task] for label in wanted for task in shared)
        grid = SampleGrid.of(used)
        return AlignedSeries(
            data={label: grid.model_data([one for one in used if one.label == label]) for label in wanted},
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
                later.replaces += (earlier.run, *earlier.replaces)
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
        if not record.is_finished:
            return
        self.by_place[record.label, record.task].add(record)


def _imported_from(manifest: Manifest) -> str:
    found = manifest.imported
    if found is None:
        return ""
    day = "" if found.published_on else f", its day not known, imported on {manifest.created_at:%Y-%m-%d}"
    return source_words(found) + day


@cache
def _verdict_bits(verdict: Verdict | None) -> int:
    """The flags that follow from the verdict of an answer alone."""
    held = {
        "graded": verdict not in (None, Verdict.GRADER_ERROR),
        "correct": verdict is Verdict.CORRECT,
        "truncated": verdict is Verdict.TRUNCATED,
        "refused": verdict is Verdict.REFUSED,
        "no_answer": verdict is Verdict.NO_ANSWER,
    }
    return sum(FLAG_BITS[name] for name, holds in held.items() if holds)


def _flags(record: JobRecord) -> int:
    if not record.is_answered:
        return FLAG_BITS["attempted"] | FLAG_BITS["failed"]
    is_discarded = record.total_s is not None and not is_usable(record.total_s, record.total_error_s)
    return FLAG_BITS["attempted"] | _verdict_bits(record.verdict) | (FLAG_BITS["discarded"] if is_discarded else 0)


def _amounts(record: JobRecord) -> tuple[float, ...]:
    """One number for each of QUANTITIES."""
    usd, accepted = record.spent_usd, record.accepted_usd
    found = (
        NAN if usd is None else float(usd),
        NAN if accepted is None else float(accepted),
        _number(record.prompt_tokens),
        _number(record.completion_tokens),
    )
    return (*found, *map(_number, record.usable_timings))


def _number(value: float | None) -> float:
    return NAN if value is None else value


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleGrid:
    """The samples that any of some series has, tasks one under the other, and the most repeats of any."""

    samples: Mapping[tuple[str, str], int]
    repeats: int

    @classmethod
    def of(cls, series: Sequence[ModelSeries]) -> SampleGrid:
        """Samples in the order they first come."""
        rows: dict[tuple[str, str], int] = {}
        for one in series:
            for sample, _ in one.jobs:
                rows.setdefault((one.entry.name, sample), len(rows))
        return cls(samples=rows, repeats=1 + max(repeat for one in series for _, repeat in one.jobs))

    def model_data(self, own: Sequence[ModelSeries]) -> ModelData:
        """One model's jobs as arrays of (samples, repeats)."""
        shape = (len(self.samples), self.repeats)
        bits = np.zeros(shape, dtype=np.uint8)
        amounts = np.full((*shape, len(QUANTITIES)), NAN)
        kinds = np.full(shape, -1, dtype=np.int64)
        for one in own:
            task = one.entry.name
            rows = np.fromiter((self.samples[task, sample] for sample, _ in one.jobs), np.int64, len(one.jobs))
            repeats = np.fromiter((repeat for _, repeat in one.jobs), np.int64, len(one.jobs))
            bits[rows, repeats] = np.frombuffer(one.flags, dtype=np.uint8)
            amounts[rows, repeats] = one.table()
            kinds[rows, repeats] = _answer_kinds(one) + kinds.max(initial=-1) + 1
        kinds[kinds < 0] = -1
        known = ~np.isnan(amounts)
        measured = {
            name: Measured(values=np.nan_to_num(amounts[:, :, place]), known=known[:, :, place])
            for place, name in enumerate(QUANTITIES)
        }
        flags: dict[str, Flags] = {name: (bits & bit) > 0 for name, bit in FLAG_BITS.items()}
        samples = tuple(f"{task}/{sample}" for task, sample in self.samples)
        columns: dict[str, Any] = {**flags, **measured}
        limits = AnswerLimits.of(own)
        return ModelData(samples=samples, answer_kind=kinds, usd_limit=limits.usd, token_limit=limits.tokens, **columns)


def _answer_kinds(one: ModelSeries) -> Counts:
    """By row a number that equal answers of one sample share, hugely negative for none."""
    numbers: dict[tuple[str, str], int] = {}
    same = _same_answers(one)
    kinds = np.full(len(one.answers), NO_KIND, dtype=np.int64)
    for (sample, _), row in one.jobs.items():
        text = one.answers[row]
        if text is not None:
            kinds[row] = numbers.setdefault((sample, same.get((sample, text), text)), len(numbers))
    return kinds


def _same_answers(one: ModelSeries) -> dict[tuple[str, str], str]:
    """For repeats of math samples: each wrong answer's text by (sample, text) to the first one that equals it.

    A majority vote counts answers that are equal, not texts that are. Answers to other graders vote by their text.
    """
    texts: dict[str, list[str]] = {}
    if one.entry.grader == "math" and any(repeat for _, repeat in one.jobs):
        for (sample, _), row in sorted(one.jobs.items()):
            text = one.answers[row]
            if text is not None and text != CORRECT and text not in texts.setdefault(sample, []):
                texts[sample].append(text)
    return {
        (sample, said[place]): said[group[0]]
        for sample, said in texts.items()
        if len(said) > 1
        for group in cluster(said)
        for place in group
    }


NO_KIND = -(2**40)


def _chosen(labels: Sequence[str]) -> str:
    """The label without an effort, else the one with the highest."""
    order = ["none", "minimal", "low", "medium", "high"]
    return max(labels, key=lambda label: order.index(label.partition("@")[2]) if "@" in label else len(order))


def settings_text(params: SamplingParams) -> str:
    """The sampling parameters that are sent, in words; `none` where the provider's defaults hold."""
    held = [(column.name, getattr(params, column.name)) for column in fields(params)]
    return ", ".join(f"{name}={getattr(value, 'value', value)}" for name, value in held if value is not None) or "none"
