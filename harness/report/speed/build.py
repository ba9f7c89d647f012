"""How fast the models of a `harness speed` run were: medians with bounds, and each model against the first.

Timings with a large measurement error are left out and counted, and shown as measured where there are no others
(run_data.measured).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.render.number_format import percent
from harness.report.run_data.answering import AnsweringModels
from harness.report.run_data.load import RunData
from harness.report.run_data.measured import MeasuredFigures
from harness.report.run_data.records import TIMINGS, JobRecord
from harness.report.run_data.summary import ModelSummary, TokenSum
from harness.report.run_report.build import build_run_report
from harness.report.run_report.report import RunReport
from harness.stats.intervals import ConfidenceInterval, Undefined, quantile
from harness.stats.latency import Groups, median_ratio, quantile_interval
from harness.store.codec import Manifest, TaskEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class MedianWithInterval:
    """A median, None where nothing was measured; `bounds` of it at 95%.

    `error`: by how much the median may be too large because this host was busy. Not `is_usable`: every timing has too
    large an error, the median is that of the figures as measured, and there are no bounds.
    """

    median: float | None
    bounds: ConfidenceInterval | Undefined
    error: float = 0.0
    is_usable: bool = True

    @property
    def usable_median(self) -> float | None:
        """The median where its figures are usable, else None."""
        return self.median if self.is_usable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayMedians:
    """Medians of one UTC day: seconds, and characters per second; None where nothing was measured."""

    n: int
    total_s: float
    ttft_s: float | None
    chars_per_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRow:
    """One model on one workload; seconds, characters and tokens per second, tokens.

    `measured`: answers in the figures; `discarded` ones have a timing that is left out. `chars_per_s`
    compares across providers; `tokens_per_s` is in the provider's own tokens. `cached_share`: of the prompt tokens,
    None where the provider does not report it. `by_day`: medians by the UTC day of sending. `*_ratio`: median over that
    of the first model, None for the first model itself. `answering`: which models gave the answers; `is_ratio_mixed`:
    another model than the requested one gave some of this row's or of the first model's. `has_gpu_cost`: dollars are of
    GPU time, not of tokens.
    """

    label: str
    origin: Origin
    planned: int
    measured: int
    discarded: int
    failed: int
    ttft_s: MedianWithInterval
    ttft_p95_s: float | None
    first_answer_s: MedianWithInterval
    chars_per_s: MedianWithInterval
    tokens_per_s: MedianWithInterval
    total_s: MedianWithInterval
    cached_share: float | None
    prompt_tokens: float | None
    completion_tokens: float | None
    spent_usd: Decimal | None
    by_day: Mapping[date, DayMedians]
    chars_per_s_ratio: ConfidenceInterval | Undefined | None
    total_s_ratio: ConfidenceInterval | Undefined | None
    answering: AnsweringModels
    is_ratio_mixed: bool
    has_gpu_cost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedTable:
    """One workload's rows, one per model, in the order the models were named."""

    task: TaskEntry
    rows: tuple[SpeedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedReport:
    """All that a report of speed shows; `notes` are whole sentences."""

    comparison: RunReport
    tables: tuple[SpeedTable, ...]
    notes: tuple[str, ...]


WARM = "-warm"
"""Ends the name of a workload whose prompts share their beginning."""


@dataclass(slots=True, kw_only=True)
class _Timings:
    """What one model's answers to one workload showed, by sample where models are to be paired."""

    ttft_s: dict[str, float] = field(default_factory=dict)
    first_answer_s: dict[str, float] = field(default_factory=dict)
    chars_per_s: dict[str, float] = field(default_factory=dict)
    tokens_per_s: dict[str, float] = field(default_factory=dict)
    total_s: dict[str, float] = field(default_factory=dict)
    days: dict[date, list[str]] = field(default_factory=dict)
    discarded: int = 0
    prompt: list[int] = field(default_factory=list)
    completion: list[int] = field(default_factory=list)
    cached: TokenSum = field(default_factory=TokenSum)
    cachable: TokenSum = field(default_factory=TokenSum)

    def add(self, record: JobRecord) -> None:
        """Take in one answer; its tokens count however long it took."""
        if record.prompt_tokens is not None:
            self.prompt.append(record.prompt_tokens)
        if record.completion_tokens is not None:
            self.completion.append(record.completion_tokens)
        self.cached.add(record.cached_tokens)
        self.cachable.add(record.prompt_tokens)
        self.discarded += record.is_timing_discarded
        for name, value in zip(TIMINGS, record.usable_timings, strict=True):
            if value is not None:
                getattr(self, name)[record.sample_id] = value
        if record.started_at is not None and record.sample_id in self.total_s:
            self.days.setdefault(record.started_at.date(), []).append(record.sample_id)

    def by_day(self) -> dict[date, DayMedians]:
        """Medians of each day, in order."""
        return {
            day: DayMedians(
                n=len(asked),
                total_s=quantile([self.total_s[name] for name in asked], 0.5),
                ttft_s=_median_of(self.ttft_s, asked),
                chars_per_s=_median_of(self.chars_per_s, asked),
            )
            for day, asked in sorted(self.days.items())
        }

    @property
    def cached_share(self) -> float | None:
        """Of all prompt tokens; None where an answer did not report either."""
        cached, whole = self.cached.known, self.cachable.known
        return None if cached is None or not whole else cached / whole


@dataclass(frozen=True, slots=True)
class _RunTimings:
    """The timings of a run by (label, workload)."""

    by_place: Mapping[tuple[str, str], _Timings]

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        if record.is_answered:
            self.by_place[record.label, record.task].add(record)


def build_speed_report(run: RunData) -> SpeedReport:
    """The figures of a run that `harness speed` made."""
    manifest = run.manifest
    taken = {(one.label, entry.name): _Timings() for entry in manifest.tasks for one in manifest.endpoints}
    comparison = build_run_report(run, _RunTimings(taken))
    tables = tuple(
        SpeedTable(
            task=table.task,
            rows=tuple(
                _row(
                    summary,
                    taken[summary.label, table.task.name],
                    None if place == 0 else (table.summaries[0], taken[table.summaries[0].label, table.task.name]),
                    run.sample_order(table.task.name),
                )
                for place, summary in enumerate(table.summaries)
            ),
        )
        for table in comparison.tables
    )
    return SpeedReport(comparison=comparison, tables=tables, notes=tuple(_notes(comparison, tables)))


def _row(
    summary: ModelSummary, taken: _Timings, first: tuple[ModelSummary, _Timings] | None, asked: Sequence[str]
) -> SpeedRow:
    def middle(name: str) -> MedianWithInterval:
        return _middle(summary, getattr(summary, name), getattr(taken, name), asked)

    def over_first(name: str) -> ConfidenceInterval | Undefined | None:
        if first is None:
            return None
        values: list[Mapping[str, float]] = []
        for model, timings in ((summary, taken), first):
            values.append(getattr(timings, name))
            if not values[-1]:
                return Undefined(reason=f"{model.label}: {_why_unmeasured(model, getattr(model, name))}")
        return median_ratio(_groups(values[0], asked), _groups(values[1], asked))

    return SpeedRow(
        label=summary.label,
        origin=summary.origin,
        planned=summary.planned,
        measured=len(taken.total_s),
        discarded=taken.discarded,
        failed=summary.failed,
        ttft_s=middle("ttft_s"),
        ttft_p95_s=summary.ttft_s.usable_quantile(0.95),
        first_answer_s=middle("first_answer_s"),
        chars_per_s=middle("chars_per_s"),
        tokens_per_s=middle("tokens_per_s"),
        total_s=middle("total_s"),
        cached_share=taken.cached_share,
        prompt_tokens=quantile(taken.prompt, 0.5) if taken.prompt else None,
        completion_tokens=quantile(taken.completion, 0.5) if taken.completion else None,
        spent_usd=summary.spent_usd,
        by_day=taken.by_day(),
        chars_per_s_ratio=over_first("chars_per_s"),
        total_s_ratio=over_first("total_s"),
        answering=summary.answering,
        is_ratio_mixed=summary.answering.is_mixed or (first is not None and first[0].answering.is_mixed),
        has_gpu_cost=summary.has_gpu_cost,
    )


def _median_of(values: Mapping[str, float], names: Sequence[str]) -> float | None:
    known = [values[name] for name in names if name in values]
    return quantile(known, 0.5) if known else None


def _groups(values: Mapping[str, float], asked: Sequence[str]) -> Groups:
    """One array a request, empty where nothing was measured, in the order asked."""
    return [np.array([values[name]] if name in values else [], dtype=np.float64) for name in asked]


def _middle(
    summary: ModelSummary, figures: MeasuredFigures, values: Mapping[str, float], asked: Sequence[str]
) -> MedianWithInterval:
    found, bounds = figures.quantile(0.5), quantile_interval(_groups(values, asked), 0.5)
    if not values:
        bounds = Undefined(reason=_why_unmeasured(summary, figures))
    if found is None:
        return MedianWithInterval(median=None, bounds=bounds)
    return MedianWithInterval(median=found.value, bounds=bounds, error=found.error, is_usable=found.is_usable)


def _why_unmeasured(summary: ModelSummary, figures: MeasuredFigures) -> str:
    """Why a model has no timing of a kind that counts."""
    if not summary.answered:
        return "no request was answered"
    if figures.unusable:
        return f"{counted(len(figures.unusable), 'timing')} discarded: errors above 10% (this host was overloaded)"
    return "no answer came in a stream that can be timed"


def _notes(comparison: RunReport, tables: Sequence[SpeedTable]) -> Iterator[str]:
    yield _terms(comparison.manifest)
    yield from comparison.notes
    for table in tables:
        for row in table.rows:
            yield from _row_notes(row, f"{row.label} on {table.task.name}")


def _row_notes(row: SpeedRow, where: str) -> Iterator[str]:
    if where.endswith(WARM):
        if not row.cached_share:
            yield f"{where}: no prompt token is known to come from a cache: the seconds may be those of cold prompts"
    elif row.cached_share:
        yield (
            f"{where}: the provider read {percent(row.cached_share)}% of the prompt tokens from a cache, "
            "although every prompt begins with a line of its own: these times may be too short"
        )
    figures = {
        "TTFT": row.ttft_s.bounds,
        "first answer": row.first_answer_s.bounds,
        "characters per second": row.chars_per_s.bounds,
        "tokens per second": row.tokens_per_s.bounds,
        "seconds": row.total_s.bounds,
        "ratio of speeds": row.chars_per_s_ratio,
        "ratio of seconds": row.total_s_ratio,
    }
    missing: dict[str, list[str]] = {}
    for name, found in figures.items():
        if isinstance(found, Undefined):
            missing.setdefault(found.reason, []).append(name)
    for reason, names in missing.items():
        yield f"{where}: no interval for {', '.join(names)}: {reason}"


def _terms(manifest: Manifest) -> str:
    """How the requests were sent."""
    bounds = {endpoint.limits.max_concurrency for endpoint in manifest.endpoints}
    at_once = f"at most {max(bounds)} at once per model"
    pace = f"one every {manifest.every_s:g} s or later" if manifest.every_s else "one after the other without a pause"
    has_warm = any(one.name.endswith(WARM) for one in manifest.tasks)
    warm = "a warm one shares all but its last line; " if has_warm else ""
    return f"every cold prompt begins with a line no other request had; {warm}{at_once}, {pace}; answers are not graded"
