"""What the charts show, as plain values: for each task of a run, figures of each model with their bounds.

One pass over a run's jobs fills them. A figure that is not known is None; dollars that are known in part are the known
part with an open bound. Simulated models keep their mark, so that no chart joins them with measured ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from harness.core.types import Origin
from harness.pricing.exact import exact_sum
from harness.report.run_data.load import RunData
from harness.report.run_data.model_series import FLAG_BITS, QUANTITIES, ModelSeries
from harness.report.run_data.sample_grid import SampleGrid
from harness.report.run_data.series import RunSeries
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.report import RunReport, TaskTable
from harness.stats.intervals import ConfidenceInterval
from harness.stats.metrics import METRICS, MetricSettings
from harness.stats.resample import Resampling

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TOKEN_CLASSES = ("input", "cached input", "reasoning", "output")
MONEY_CLASSES = ("accepted", "retried", "failed", "partly unknown")
LIVE, IMPORTED, REPLAYED = Origin.LIVE.value, Origin.IMPORTED.value, Origin.REPLAYED.value
LEVEL_TAGS = ("difficulty", "level")
"""Tags of a sample that name its difficulty."""
_SETTINGS = MetricSettings(plan=Resampling(draws=1000))
"""Fewer draws than a table has: a chart shows no third digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A figure with its bounds. `high` None: open, for a part is unknown and `estimate` is the known part."""

    estimate: float
    low: float
    high: float | None

    @classmethod
    def of(cls, interval: ConfidenceInterval) -> Amount:
        """A known figure."""
        return cls(estimate=interval.estimate, low=interval.low, high=interval.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """One model on one task: dollars, seconds, tokens per answer; distributions as their QUANTILES.

    `kind`: the value of its Origin. `by_sample`: share of correct answers.
    `money`: dollars by MONEY_CLASSES; `unknown_jobs`: jobs of which a part of the cost is unknown.
    """

    label: str
    kind: str
    has_gpu_cost: bool
    accuracy: Amount | None
    usd_per_task: Amount | None
    usd_per_correct: Amount | None
    ttft_s: tuple[float, ...] | None
    tokens_per_s: tuple[float, ...] | None
    total_s: tuple[float, ...] | None
    tokens: Mapping[str, float]
    money: Mapping[str, float]
    unknown_jobs: int
    by_sample: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFigures:
    """The models of one task in the order of the run. `levels`: difficulty by sample, where the task names it."""

    run: str
    created_at: datetime
    task: str
    version: int
    models: tuple[ModelFigures, ...]
    levels: Mapping[str, str]


def task_figures(data: RunData, report: RunReport, series: RunSeries) -> tuple[TaskFigures, ...]:
    """The figures of every task, from a report and the series that were filled in the same pass."""
    return tuple(_task(data, table, series) for table in report.tables)


def _task(data: RunData, table: TaskTable, series: RunSeries) -> TaskFigures:
    name = table.task.name
    levels = {
        sample: str(level)
        for (task, sample), one in data.samples.items()
        if task == name and (level := next((one.tags[tag] for tag in LEVEL_TAGS if tag in one.tags), None)) is not None
    }
    return TaskFigures(
        run=data.run.name,
        created_at=data.manifest.created_at,
        task=name,
        version=table.task.version,
        models=tuple(_model(one, series.by_place[one.label, name]) for one in table.summaries if one.jobs),
        levels=levels,
    )


def _model(summary: ModelSummary, series: ModelSeries) -> ModelFigures:
    accuracy = summary.accuracy
    return ModelFigures(
        label=summary.label,
        kind=summary.origin.value,
        has_gpu_cost=summary.has_gpu_cost,
        accuracy=None if accuracy is None else Amount.of(accuracy),
        usd_per_task=_dollars("usd_per_task", summary, series, per=summary.jobs),
        usd_per_correct=_dollars("usd_per_correct", summary, series, per=summary.correct),
        ttft_s=_quantiles(summary.ttft_s.values),
        tokens_per_s=_quantiles(summary.tokens_per_s.values),
        total_s=_quantiles(summary.total_s.values),
        tokens=_tokens(summary),
        money=_money(summary, series),
        unknown_jobs=summary.unpriced.total(),
        by_sample={sample: hits / repeats for sample, (hits, repeats) in summary.by_sample.by_id().items()},
    )


def _dollars(metric: str, summary: ModelSummary, series: ModelSeries, *, per: int) -> Amount | None:
    """A mean of all dollars; where some are unknown, the known part with an open bound."""
    if not per or not series.jobs:
        return None
    known = float(exact_sum(summary.known_usd)) / per
    if summary.unpriced:
        return Amount(estimate=known, low=known, high=None) if known else None
    found = METRICS[metric].value(SampleGrid.of([series]).model_data([series]), _SETTINGS)
    if isinstance(found, ConfidenceInterval):
        return Amount.of(found)
    return Amount(estimate=known, low=known, high=known)


def _quantiles(values: Sequence[float]) -> tuple[float, ...] | None:
    return tuple(map(float, np.quantile(np.asarray(values), QUANTILES))) if len(values) else None


def _tokens(summary: ModelSummary) -> dict[str, float]:
    """Mean tokens of an answer by class; reasoning that is not reported stays within the output."""
    prompt, completion = summary.prompt.known, summary.completion.known
    if not summary.answered or prompt is None or completion is None:
        return {}
    cached, reasoning = summary.cached.known or 0, summary.reasoning.known or 0
    found = (prompt - cached, cached, reasoning, completion - reasoning)
    return {name: count / summary.answered for name, count in zip(TOKEN_CLASSES, found, strict=True)}


def _money(summary: ModelSummary, series: ModelSeries) -> dict[str, float]:
    """Dollars of accepted answers, of attempts before them, of failed jobs; what is known of the rest."""
    table, bits = series.table(), np.frombuffer(series.flags, dtype=np.uint8)
    spent, accepted = (table[:, QUANTITIES.index(name)] for name in ("spent_usd", "accepted_usd"))
    failed, known = (bits & FLAG_BITS["failed"]) > 0, ~np.isnan(spent)
    counted = known & ~failed & ~np.isnan(accepted)
    sums = (accepted[counted].sum(), (spent - accepted)[counted].sum(), spent[known & failed].sum())
    rest = float(exact_sum(summary.known_usd)) - float(sum(sums))
    found = dict(zip(MONEY_CLASSES, [*map(float, sums), rest], strict=True))
    # The rest is a difference of exact and float sums: what is left of nothing is a rounding error.
    return {name: usd if usd > 1e-12 else 0.0 for name, usd in found.items()}
