"""The document of a speed measurement: a table for each workload, medians with their intervals."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.pricing.gpu_time import GPU_COST_NOTE
from harness.report.render.mode import legend, mode_of
from harness.report.render.table import FlatRows, ReportDocument, Section, Table
from harness.report.run_data.answering import OTHER_MODEL_NOTE
from harness.report.run_data.records import TIMINGS
from harness.report.run_report.render import facts
from harness.report.speed.build import MedianWithInterval, SpeedReport, SpeedRow, SpeedTable
from harness.report.speed.columns import COLUMNS, DAY_COLUMNS, MODEL, DayRow, estimate_of
from harness.stats.intervals import ConfidenceInterval, Undefined


def document(found: SpeedReport) -> ReportDocument:
    """What `harness speed` shows of a measurement."""
    report = found.comparison
    rows = [_record(table, row) for table in found.tables for row in table.rows]
    return ReportDocument(
        title=report.run_name,
        mode=report.mode,
        state="" if report.is_complete else "incomplete",
        sections=tuple(_section(found, table) for table in found.tables),
        notes=found.notes,
        facts=facts(report),
        record={
            "run": report.run_name,
            "kind": "speed",
            "mode": report.mode,
            "complete": report.is_complete,
            "created_at": report.manifest.created_at.isoformat(),
            "rows": rows,
            "notes": list(found.notes),
        },
        flat=_flat_rows(rows),
    )


def _day_tables(table: SpeedTable) -> tuple[Table[DayRow], ...]:
    """Medians by day, where the measurement lasted over several."""
    days = tuple(DayRow(row=row, day=day, medians=medians) for row in table.rows for day, medians in row.by_day.items())
    if len({one.day for one in days}) < 2:
        return ()
    return (Table(columns=DAY_COLUMNS, rows=days, is_marked=lambda one: one.row.origin is not Origin.LIVE),)


def _footnotes(table: SpeedTable) -> Iterator[str]:
    if any(row.is_ratio_mixed for row in table.rows):
        yield OTHER_MODEL_NOTE
    if any(row.has_gpu_cost for row in table.rows):
        yield GPU_COST_NOTE


def _section(found: SpeedReport, table: SpeedTable) -> Section:
    return Section(
        title=(
            f"speed, {table.task.name} · {counted(table.task.samples, 'request')} per model · "
            f"{found.comparison.manifest.created_at:%Y-%m-%d} · 95% CIs{legend(row.origin for row in table.rows)}"
        ),
        tables=(
            Table(
                columns=(MODEL, *COLUMNS),
                rows=table.rows,
                footnotes=tuple(_footnotes(table)),
                is_marked=lambda one: one.origin is not Origin.LIVE,
            ),
            *_day_tables(table),
        ),
    )


def _record(table: SpeedTable, row: SpeedRow) -> dict[str, object]:
    return {
        "workload": table.task.name,
        "model": row.label,
        "mode": mode_of([row.origin]),
        "planned": row.planned,
        "n": row.measured,
        "disturbed": row.discarded,
        "failed": row.failed,
        **_median_record("ttft_s", row.ttft_s),
        "ttft_p95_s": row.ttft_p95_s,
        **_median_record("first_answer_s", row.first_answer_s),
        **_median_record("chars_per_s", row.chars_per_s),
        **_median_record("output_tokens_per_s", row.tokens_per_s),
        **_median_record("total_s", row.total_s),
        "chars_per_s_ratio": estimate_of(row.chars_per_s_ratio),
        "chars_per_s_ratio_interval": _bounds(row.chars_per_s_ratio),
        "total_s_ratio": estimate_of(row.total_s_ratio),
        "total_s_ratio_interval": _bounds(row.total_s_ratio),
        "as_measured": {name: getattr(row, name).median for name in TIMINGS},
        "cached_share": row.cached_share,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "spent_usd": row.spent_usd,
        "cost_basis": "gpu time" if row.has_gpu_cost else "tokens",
        "answered_by": dict(row.answering.counts()),
        "other_model_answers": row.answering.others.total(),
        "by_day": {
            day.isoformat(): {
                "n": one.n,
                "total_s": one.total_s,
                "ttft_s": one.ttft_s,
                "chars_per_s": one.chars_per_s,
            }
            for day, one in row.by_day.items()
        },
    }


def _median_record(name: str, found: MedianWithInterval) -> dict[str, object]:
    return {name: found.usable_median, f"{name}_error": found.error, f"{name}_interval": _bounds(found.bounds)}


def _bounds(found: ConfidenceInterval | Undefined | None) -> dict[str, object] | None:
    match found:
        case None:
            return None
        case Undefined():
            return {"undefined": found.reason}
        case ConfidenceInterval():
            return {"low": found.low, "high": found.high, "method": found.method}


def _flat_rows(rows: list[dict[str, object]]) -> FlatRows:
    """An interval is two columns."""
    flat = [_flat({name: value for name, value in row.items() if name != "by_day"}) for row in rows]
    return FlatRows(keys=tuple(flat[0]) if flat else (), rows=tuple(flat))


def _flat(record: dict[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in record.items():
        if name.endswith("_interval"):
            ends = value if isinstance(value, dict) else {}
            flat |= {f"{name.removesuffix('_interval')}_{end}": ends.get(end) for end in ("low", "high")}
        elif name not in ("as_measured", "answered_by"):
            flat[name] = value
    return flat
