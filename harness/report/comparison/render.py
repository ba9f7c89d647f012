"""The document of a comparison: each model before and after; then by task each model, and each against the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.pricing.gpu_time import GPU_COST_NOTE
from harness.report.caching.render import CSV_KEYS as CACHING_KEYS
from harness.report.caching.render import caching_flat, caching_record, caching_section
from harness.report.charts.figures import Amount
from harness.report.charts.page import figure
from harness.report.charts.points import Point
from harness.report.charts.scatter import pareto_spec
from harness.report.comparison.before_after_render import CSV_KEYS as BEFORE_AFTER_KEYS
from harness.report.comparison.before_after_render import before_after_flat, before_after_record, before_after_section
from harness.report.comparison.build import ModelComparison
from harness.report.comparison.columns import (
    BEST_MARK,
    DIFFERENCE_COLUMNS,
    MODEL,
    PARETO_COLUMNS,
    PRICE_COLUMNS,
    RATIO_COLUMNS,
    REPEATED_COLUMNS,
    SCORE_COLUMNS,
    Columns,
)
from harness.report.comparison.notes import group_name
from harness.report.comparison.values import (
    MODEL_METRICS,
    PAIR_METRICS,
    ComparisonRow,
    ComparisonTable,
    PairwiseComparison,
    ParetoPosition,
)
from harness.report.effort.render import effort_records, effort_tables
from harness.report.findings.render import findings_records, findings_tables
from harness.report.render.figure_records import figure_record, flat_values
from harness.report.render.mode import legend, mode_of
from harness.report.render.table import FlatRows, ReportDocument, Section, Table
from harness.report.run_data.answering import OTHER_MODEL_NOTE
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import Difference

BEST_MEANS = f"{BEST_MARK} best: its paired interval to every other model excludes equality, corrected for all pairs"
FIGURES = (*MODEL_METRICS, *PAIR_METRICS)
CSV_KEYS = (
    *("comparison", "tasks", "samples", "model", "run", "mode", "baseline", "best_in", "n"),
    *(f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")),
    *("paired_samples", "p_value", "p_holm", "detectable_difference"),
    *("list_input_ratio", "list_output_ratio", "list_blended_ratio"),
    *("pareto_optimal_usd", "pareto_usd_share", "pareto_optimal_s", "pareto_s_share"),
    *("on_front_usd", "front_usd_chance", "on_front_s", "front_s_chance"),  # former names, for one release
    *BEFORE_AFTER_KEYS,
)


def document(found: ModelComparison) -> ReportDocument:
    """What `harness compare` shows."""
    return ReportDocument(
        title=f"comparison of {', '.join(found.runs)}",
        mode=found.mode,
        sections=(
            *(before_after_section(table, group_name(table.tasks)) for table in found.before_after),
            *(caching_section(table, group_name(table.tasks)) for table in found.caching),
            *map(_section, found.tables),
        ),
        notes=found.notes,
        record={
            "runs": list(found.runs),
            "mode": found.mode,
            "confidence": 0.95,
            "before_after": list(map(before_after_record, found.before_after)),
            **({"caching": list(map(caching_record, found.caching))} if found.caching else {}),
            "tables": list(map(_table_record, found.tables)),
            "notes": list(found.notes),
        },
        flat=FlatRows(
            keys=(*CSV_KEYS, *(CACHING_KEYS if found.caching else ())),
            rows=(
                *(caching_flat(table, row) for table in found.caching for row in table.rows),
                *(before_after_flat(table, row) for table in found.before_after for row in table.rows),
                *(_flat(table, row) for table in found.tables for row in table.rows),
            ),
        ),
    )


def _section(table: ComparisonTable) -> Section:
    points = {row.model_run.label: _point(row) for row in table.rows}
    missing = [label for label, point in points.items() if point is None]
    shown = [point for point in points.values() if point is not None]
    return Section(
        title=_title(table),
        tables=_blocks(table),
        chart=(lambda: _chart(shown)) if shown else None,
        chart_note=f"Not in the chart, for lack of an accuracy or of known dollars: {', '.join(missing)}"
        if shown and missing
        else "",
    )


def _chart(points: Sequence[Point]) -> str:
    return figure("accuracy-cost", "accuracy against cost", lambda size: pareto_spec(points, size))


def _blocks(table: ComparisonTable) -> tuple[Table[Any], ...]:
    """Each model; where there are several, each but the baseline against it; effort levels against one another."""
    is_alone = len(table.rows) < 2
    scores = tuple(one for one in SCORE_COLUMNS if table.repeats > 1 or one not in REPEATED_COLUMNS)
    prices = tuple(one for one in PRICE_COLUMNS if not (is_alone and one in PARETO_COLUMNS))
    blocks = [
        _block("each model: accuracy", scores, table.rows),
        _block("each model: dollars, seconds, tokens", prices, table.rows),
    ]
    if not is_alone:
        others = tuple(row for row in table.rows if row.vs_baseline is not None)
        blocks.append(_block(f"accuracy, difference to {table.baseline}", DIFFERENCE_COLUMNS, others))
        blocks.append(_block(f"ratio to {table.baseline}", RATIO_COLUMNS, others))
    return (*blocks, *findings_tables(table.findings, table.baseline), *effort_tables(table.efforts))


def _block(title: str, columns: Columns, rows: tuple[ComparisonRow, ...]) -> Table[ComparisonRow]:
    return Table(
        title=title,
        columns=(MODEL, *columns),
        rows=rows,
        footnotes=tuple(_footnotes(columns, rows)),
        is_marked=lambda row: row.model_run.origin is not Origin.LIVE,
    )


def _footnotes(columns: Columns, rows: tuple[ComparisonRow, ...]) -> Iterator[str]:
    if any(column.key in row.best for row in rows for column in columns):
        yield BEST_MEANS
    if any(row.answering.is_mixed or (row.vs_baseline is not None and row.vs_baseline.is_mixed) for row in rows):
        yield OTHER_MODEL_NOTE
    if any(row.model_run.has_gpu_cost and "usd" in column.key for row in rows for column in columns):
        yield GPU_COST_NOTE


def _title(table: ComparisonTable) -> str:
    where = (
        table.tasks[0] if len(table.tasks) == 1 else f"all tasks ({', '.join(table.tasks)}), equal weight per sample"
    )
    times = f" x {table.repeats}" if table.repeats > 1 else ""
    made_up = legend(row.model_run.origin for row in table.rows)
    return f"{where} · {counted(table.samples, 'sample')}{times} shared by all models · 95% CIs{made_up}"


def _point(row: ComparisonRow) -> Point | None:
    """Accuracy against mean dollars for one job; None where one of them is not known."""
    accuracy, usd = row.values["accuracy"], row.values["usd_per_task"]
    if not isinstance(accuracy, ConfidenceInterval) or usd.estimate is None:
        return None
    kind = row.model_run.origin.value
    low, high = (usd.low, usd.high) if isinstance(usd, ConfidenceInterval) else (usd.estimate, usd.estimate)
    dollars = Amount(estimate=usd.estimate, low=low, high=high)
    has_gpu_cost = row.model_run.has_gpu_cost
    return Point(label=row.model_run.label, kind=kind, x=dollars, y=Amount.of(accuracy), has_gpu_cost=has_gpu_cost)


def _flat(table: ComparisonTable, row: ComparisonRow) -> dict[str, object]:
    line: dict[str, object] = {
        "comparison": "models",
        "tasks": " ".join(table.tasks),
        "samples": table.samples,
        "model": row.model_run.label,
        "run": row.model_run.run,
        "mode": mode_of([row.model_run.origin]),
        "baseline": table.baseline,
        "best_in": " ".join(sorted(row.best)),
        "n": row.graded,
        **flat_values(row.values),
    }
    if row.vs_baseline is not None:
        line |= _flat_pair(row.vs_baseline)
    for name, standing in (("usd", row.pareto_usd), ("s", row.pareto_s)):
        if isinstance(standing, ParetoPosition):
            line |= {f"pareto_optimal_{name}": standing.on_front, f"pareto_{name}_share": standing.chance}
            line |= {f"on_front_{name}": standing.on_front, f"front_{name}_chance": standing.chance}
    return line


def _flat_pair(pair: PairwiseComparison) -> dict[str, object]:
    line = flat_values(pair.values)
    if isinstance(pair.test, Difference):
        line |= {"paired_samples": pair.test.samples, "p_value": pair.test.p_value, "p_holm": pair.p_adjusted}
    if not isinstance(pair.list_ratios, Undefined):
        line |= {f"list_{name}_ratio": ratio for name, ratio in pair.list_ratios.items()}
    if not isinstance(pair.detectable, Undefined):
        line["detectable_difference"] = pair.detectable
    return line


def _table_record(table: ComparisonTable) -> dict[str, object]:
    return {
        "tasks": list(table.tasks),
        "samples": table.samples,
        "samples_left_out": table.left_out,
        "repeats": table.repeats,
        "baseline": table.baseline,
        "rows": [_row_record(row) for row in table.rows],
        **({"efforts": effort_records(table.efforts)} if table.efforts else {}),
        **({"findings": findings_records(table.findings)} if table.findings else {}),
    }


def _row_record(row: ComparisonRow) -> dict[str, object]:
    """Every figure as {estimate, low, high, method}, or {undefined: why}, with `estimate` where it exists."""
    return {
        "model": row.model_run.label,
        "run": row.model_run.run,
        "mode": mode_of([row.model_run.origin]),
        "n": row.graded,
        "cost_basis": "gpu time" if row.model_run.has_gpu_cost else "tokens",
        "answered_by": dict(row.answering.counts()),
        "other_model_answers": row.answering.others.total(),
        "best_in": sorted(row.best),
        **{name: figure_record(value) for name, value in row.values.items()},
        "pareto_usd": _pareto_record(row.pareto_usd),
        "pareto_s": _pareto_record(row.pareto_s),
        "front_usd": _pareto_record(row.pareto_usd, "on_front", "chance"),  # former names, for one release
        "front_s": _pareto_record(row.pareto_s, "on_front", "chance"),
        "against_baseline": None if row.vs_baseline is None else _pair_record(row.vs_baseline),
    }


def _pair_record(pair: PairwiseComparison) -> dict[str, object]:
    """The figures of a model against the baseline."""
    return {
        **{name: figure_record(value) for name, value in pair.values.items()},
        "test": figure_record(pair.test),
        "p_holm": pair.p_adjusted,
        "detectable_difference": figure_record(pair.detectable),
        "list_price_ratios": figure_record(pair.list_ratios),
    }


def _pareto_record(
    standing: ParetoPosition | Undefined, is_optimal: str = "pareto_optimal", share: str = "share"
) -> dict[str, object]:
    """The position under the keys of that name, or the reason why there is none."""
    if isinstance(standing, Undefined):
        return {"undefined": standing.reason}
    return {is_optimal: standing.on_front, share: standing.chance}
