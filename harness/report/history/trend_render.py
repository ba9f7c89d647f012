"""The document of `harness trend`: a table a task, a row a run."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.history.trend import OTHER_RATES, ModelTrend, TaskTrend, TrendPoint
from harness.report.render.interval_text import p_value_text, points_text
from harness.report.render.mode import legend, mark_origin, mode_of, origin_notes
from harness.report.render.number_format import ERROR_MARKS, NONE, dollars, measured, percent_with_ci, seconds
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column
from harness.stats.intervals import Undefined
from harness.stats.paired import Difference

CSV_KEYS = (
    *("task", "run", "created_at", "model", "mode", "planned", "finished", "n"),
    *("accuracy", "accuracy_low", "accuracy_high", "change", "change_low", "change_high"),
    *("paired_samples", "discordant", "p_value", "p_holm"),
    *("spent_usd", "usd_per_job", "seconds_per_task", "list_price", "changes"),
)


def trend_document(found: ModelTrend) -> ReportDocument:
    """What `harness trend` shows."""
    points = [point for trend in found.tasks for point in trend.points]
    runs = dict.fromkeys(point.run for point in points)
    rows = tuple(_record(found.model, point) for point in points)
    return ReportDocument(
        title=f"{found.model} over {counted(len(runs), 'run')} in {found.results}",
        mode=mode_of(point.summary.origin for point in points),
        sections=tuple(map(_section, found.tasks)),
        notes=tuple(_notes(found)),
        record={
            "model": found.model,
            "results": str(found.results),
            "tasks": [
                {"task": trend.task, "runs": [_json_record(found.model, point) for point in trend.points]}
                for trend in found.tasks
            ],
            "notes": list(_notes(found)),
        },
        flat=FlatRows(keys=CSV_KEYS, rows=rows),
    )


def _section(trend: TaskTrend) -> Section:
    made_up = legend(point.summary.origin for point in trend.points)
    return Section(
        title=f"{trend.task} · {counted(len(trend.points), 'run')}, the earliest first · 95% CIs{made_up}",
        tables=(
            Table(columns=COLUMNS, rows=trend.points, is_marked=lambda point: point.summary.origin is not Origin.LIVE),
        ),
    )


def _notes(found: ModelTrend) -> Iterator[str]:
    points = [point for trend in found.tasks for point in trend.points]
    yield from origin_notes(point.summary.origin for point in points)
    for point in points:
        where = f"{point.run} on {point.entry.name}"
        if isinstance(point.vs_previous, Undefined):
            yield f"{where}: not compared with the run before: {point.vs_previous.reason}"
        unknown = point.summary.unpriced
        if unknown:
            reasons = "; ".join(f"{count} x {reason}" for reason, count in unknown.most_common(3))
            yield f"{where}: cost unknown for {counted(unknown.total(), 'job')}: {reasons}"
        left_out = len(point.summary.total_s.unusable)
        if left_out:
            yield f"{where}: {counted(left_out, 'timing')} left out because this host was overloaded"
    yield from found.left_out


def _accuracy(point: TrendPoint) -> str:
    found = point.summary.accuracy
    return NONE if found is None else percent_with_ci(found.estimate, found.low, found.high)


def _change(point: TrendPoint) -> str:
    return points_text(point.vs_previous.interval) if isinstance(point.vs_previous, Difference) else NONE


def _latency(point: TrendPoint) -> str:
    middle = point.summary.total_s.quantile(0.5)
    return NONE if middle is None else measured(middle.value, middle.error, seconds, is_usable=middle.is_usable)


COLUMNS: tuple[Column[TrendPoint], ...] = (
    prose_column("run", "run", lambda point: mark_origin(point.run, point.summary.origin)),
    Column(
        key="created_at",
        title="begun (UTC)",
        meaning="when the run began",
        text=lambda point: f"{point.manifest.created_at:%Y-%m-%d %H:%M}",
        value=lambda point: point.manifest.created_at.timestamp(),
        rank=3,
        lowest_is_best=True,
    ),
    Column(
        key="n",
        title="n",
        meaning="answers that were graded",
        text=lambda point: f"{point.summary.graded:,}",
        value=lambda point: point.summary.graded,
        rank=4,
    ),
    Column(
        key="accuracy",
        title="accuracy",
        meaning="share of graded answers that are correct; errors are excluded",
        text=_accuracy,
        value=lambda point: point.summary.accuracy,
    ),
    Column(
        key="change",
        title="change (pp)",
        meaning="accuracy minus that of the run before in percentage points, paired on the samples that both have",
        text=_change,
        value=lambda point: point.vs_previous.interval if isinstance(point.vs_previous, Difference) else None,
    ),
    Column(
        key="p_holm",
        title="p (Holm)",
        meaning="of McNemar's exact test (repeats: exact sign-flip test), adjusted for all runs of the table",
        text=lambda point: NONE if point.p_adjusted is None else p_value_text(point.p_adjusted),
        value=lambda point: point.p_adjusted,
        rank=2,
        lowest_is_best=True,
    ),
    Column(
        key="usd_per_job",
        title="$/job",
        meaning="billed dollars of all attempts for one job",
        text=lambda point: dollars(point.usd_per_job),
        value=lambda point: point.usd_per_job,
        lowest_is_best=True,
    ),
    Column(
        key="seconds_per_task",
        title="latency p50",
        meaning=f"median seconds from sending to the last byte of the accepted answer; {ERROR_MARKS}",
        text=_latency,
        value=lambda point: point.summary.total_s.usable_quantile(0.5),
        rank=1,
        lowest_is_best=True,
    ),
    prose_column(
        "changes",
        "changed since the run before",
        lambda point: "; ".join(point.changes),
        meaning="price (per million tokens, in / out), versions and settings that differ from the run before",
        is_below=True,
    ),
)


def _record(model: str, point: TrendPoint) -> dict[str, object]:
    summary, accuracy = point.summary, point.summary.accuracy
    record: dict[str, object] = {
        "task": point.entry.name,
        "run": point.run,
        "created_at": point.manifest.created_at.isoformat(),
        "model": model,
        "mode": mode_of([summary.origin]),
        "planned": summary.planned,
        "finished": summary.finished,
        "n": summary.graded,
        "accuracy": None if accuracy is None else accuracy.estimate,
        "accuracy_low": None if accuracy is None else accuracy.low,
        "accuracy_high": None if accuracy is None else accuracy.high,
        "spent_usd": summary.spent_usd,
        "usd_per_job": point.usd_per_job,
        "seconds_per_task": summary.total_s.usable_quantile(0.5),
        "list_price": point.versions["list price"],
        "changes": "; ".join(point.changes),
    }
    if isinstance(point.vs_previous, Difference):
        gap = point.vs_previous
        record |= {
            "change": gap.interval.estimate,
            "change_low": gap.interval.low,
            "change_high": gap.interval.high,
            "paired_samples": gap.samples,
            "discordant": gap.differing,
            "p_value": gap.p_value,
            "p_holm": point.p_adjusted,
        }
    return record


def _json_record(model: str, point: TrendPoint) -> dict[str, object]:
    versions = {name.replace(" ", "_"): text for name, text in point.versions.items() if name != OTHER_RATES}
    undefined = point.vs_previous.reason if isinstance(point.vs_previous, Undefined) else None
    return {
        **_record(model, point),
        "versions": versions,
        "changes": list(point.changes),
        "change_undefined": undefined,
    }
