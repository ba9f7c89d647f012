"""The document of a run's report: a table for each task, notes, and where the figures come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.pricing.gpu_time import GPU_COST_NOTE
from harness.report.render.mode import legend, mark_origin, mode_of
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table
from harness.report.run_data.answering import OTHER_MODEL_NOTE
from harness.report.run_data.measured import MeasuredFigures
from harness.report.run_data.records import TIMINGS
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.columns import CHARGE_COLUMNS, COLUMNS, FINDING_COLUMNS, SOURCE_COLUMNS, TIME_COLUMNS
from harness.report.run_report.report import RunReport, TaskTable

if TYPE_CHECKING:
    from harness.report.solved.build import SolvedRow


def document(report: RunReport) -> ReportDocument:
    """What `harness report` shows of a run."""
    rows = [summary for table in report.tables for summary in table.summaries]
    return ReportDocument(
        title=report.run_name,
        mode=report.mode,
        state="" if report.is_complete else "incomplete",
        sections=tuple(_section(report, table) for table in report.tables),
        notes=report.notes,
        facts=facts(report),
        record={
            "run": report.run_name,
            "mode": report.mode,
            "complete": report.is_complete,
            "created_at": report.manifest.created_at.isoformat(),
            "rows": [_record(summary) for summary in rows],
            **_effort_record(report),
            **_solved_record(report),
            "notes": list(report.notes),
        },
        flat=_flat_rows(report),
    )


def _effort_record(report: RunReport) -> dict[str, object]:
    """The steps between effort levels by task; nothing where the run has none."""
    swept = [table for table in report.tables if table.efforts]
    if not swept:
        return {}
    from harness.report.effort.render import effort_records  # already imported where there are steps

    return {"efforts": {table.task.name: effort_records(table.efforts) for table in swept}}


def _solved_record(report: RunReport) -> dict[str, object]:
    """Figures per solved task by task; nothing where no job is a conversation."""
    held = [table for table in report.tables if table.solved]
    if not held:
        return {}
    from harness.report.solved.render import solved_records  # already imported where there are such figures

    return {"per_solved": {table.task.name: solved_records(table.solved) for table in held}}


def _solved_tables(table: TaskTable) -> Iterator[Table[SolvedRow]]:
    if table.solved:
        from harness.report.solved.render import solved_tables  # as above

        yield from solved_tables(table.solved)


def _flat_rows(report: RunReport) -> FlatRows:
    steps = {(table.task.name, step.higher.label): step for table in report.tables for step in table.efforts}
    rows = [summary for table in report.tables for summary in table.summaries]
    if not steps:
        return FlatRows(keys=CSV_KEYS, rows=tuple(map(_flat, rows)))
    from harness.report.effort import render as effort  # already imported where there are steps

    lines = [
        _flat(one) | ({} if (step := steps.get((one.task, one.label))) is None else effort.effort_flat(step))
        for one in rows
    ]
    return FlatRows(keys=(*CSV_KEYS, *effort.CSV_KEYS), rows=tuple(lines))


MODEL: Column[ModelSummary] = Column(
    key="model",
    title="model",
    meaning="",
    text=lambda summary: mark_origin(summary.label, summary.origin),
    value=lambda summary: summary.label,
    is_prose=True,
)
ERRORS = tuple(f"{name}_error" for name in TIMINGS)
CSV_KEYS = ("task", "model", "mode", *(column.key for column in COLUMNS), "accuracy_low", "accuracy_high", *ERRORS)


def _section(report: RunReport, table: TaskTable) -> Section:
    return Section(
        title=_task_line(report, table),
        tables=(
            Table(
                columns=(MODEL, *_columns(report, table), *(CHARGE_COLUMNS if _has_charges(table) else ())),
                rows=table.summaries,
                footnotes=tuple(_footnotes(table)),
                is_marked=lambda one: one.origin is not Origin.LIVE,
            ),
            *_finding_tables(table),
            *_effort_tables(table),
            *_solved_tables(table),
        ),
    )


def _finding_tables(table: TaskTable) -> Iterator[Table[ModelSummary]]:
    """What the grader answers beside the verdict, for its columns do not fit a terminal beside those of every task."""
    if any(one.findings for one in table.summaries):
        yield Table(
            title="each model: tool calls",
            columns=(MODEL, *FINDING_COLUMNS),
            rows=table.summaries,
            is_marked=lambda one: one.origin is not Origin.LIVE,
        )


def _effort_tables(table: TaskTable) -> Iterator[Table[Any]]:
    if table.efforts:
        from harness.report.effort.render import effort_tables  # already imported where there are steps

        yield from effort_tables(table.efforts)


def _columns(report: RunReport, table: TaskTable) -> Iterator[Column[ModelSummary]]:
    """The figures of a model, the source's accuracy beside ours where there is one; no times of batches."""
    has_times = any(not endpoint.is_batch for endpoint in report.manifest.endpoints)
    for column in COLUMNS:
        if column.key in TIME_COLUMNS and not has_times:
            continue
        yield column
        if column.key == "accuracy" and any(one.source.total for one in table.summaries):
            yield from SOURCE_COLUMNS


def _has_charges(table: TaskTable) -> bool:
    return any(one.charges.stated_usd is not None for one in table.summaries)


def _footnotes(table: TaskTable) -> Iterator[str]:
    if any(one.answering.is_mixed for one in table.summaries):
        yield OTHER_MODEL_NOTE
    if any(one.has_gpu_cost for one in table.summaries):
        yield GPU_COST_NOTE


def _task_line(report: RunReport, table: TaskTable) -> str:
    """What stands above a table."""
    entry, manifest = table.task, report.manifest
    times = f" x {manifest.repeats}" if manifest.repeats > 1 else ""
    clustered = ", clustered by sample" if manifest.repeats > 1 else ""
    anytime = "anytime-valid " if manifest.may_stop_early else ""
    return (
        f"{entry.name} v{entry.version} · {counted(entry.samples, 'sample')}{times} · "
        f"{manifest.created_at:%Y-%m-%d} · 95% {anytime}CIs{clustered}"
        f"{legend(summary.origin for summary in table.summaries)}"
    )


def facts(report: RunReport) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Where the figures come from: (heading, lines)."""
    manifest = report.manifest
    tasks = tuple(
        f"{entry.name} v{entry.version}: {counted(entry.samples, 'sample')}, {entry.licence}, {entry.origin}, "
        f"{entry.content_hash}"
        for entry in manifest.tasks
    )
    prices = tuple(
        f"{price.id}: {price.currency} {price.rates.prompt:f} in, {price.rates.completion:f} out per million tokens; "
        f"{price.confidence} confidence; {'; '.join(price.sources)}; read {price.read_on.isoformat()}"
        for price in report.prices
    )
    run = (
        f"begun {manifest.created_at:%Y-%m-%d %H:%M} UTC, harness {manifest.harness_version}, seed {manifest.seed}",
        f"command: {' '.join(manifest.command)}",
        f"machine: {', '.join(f'{name} {value}' for name, value in manifest.machine.items())}",
        f"sandbox: {manifest.sandbox_backend or 'no generated code was executed'}",
    )
    return (("Tasks", tasks), ("Prices", prices or ("none",)), ("Run", run))


def _record(summary: ModelSummary) -> dict[str, object]:
    found = summary.accuracy
    return {
        "task": summary.task,
        "model": summary.label,
        "mode": mode_of([summary.origin]),
        "planned": summary.planned,
        **{column.key: column.value(summary) for column in (*COLUMNS, *SOURCE_COLUMNS, *CHARGE_COLUMNS)},
        **({column.key: column.value(summary) for column in FINDING_COLUMNS} if summary.findings else {}),
        "accuracy_interval": None if found is None else [found.low, found.high],
        "accuracy_method": None if found is None else found.method,
        "ttft_p95_s": summary.ttft_s.usable_quantile(0.95),
        "timings": {name: measured_record(getattr(summary, name)) for name in TIMINGS},
        "cost_basis": "gpu time" if summary.has_gpu_cost else "tokens",
        "answered_by": dict(summary.answering.counts()),
        "other_model_answers": summary.answering.others.total(),
        "verdicts": {verdict.value: count for verdict, count in sorted(summary.verdicts.items(), key=str)},
        "failed_attempts": {kind.value: count for kind, count in sorted(summary.causes.items(), key=str)},
    }


def measured_record(figures: MeasuredFigures) -> dict[str, object] | None:
    """A timing's median as measured, its error in the same unit, whether it counts; None without any."""
    middle = figures.quantile(0.5)
    if middle is None:
        return None
    return {
        "p50": middle.value,
        "error": middle.error,
        "is_usable": middle.is_usable,
        "n": len(figures.values),
        "left_out": len(figures.unusable),
    }


def _flat(summary: ModelSummary) -> dict[str, object]:
    found = summary.accuracy
    bounds = {} if found is None else {"accuracy_low": found.low, "accuracy_high": found.high}
    middles = {f"{name}_error": getattr(summary, name).quantile(0.5) for name in TIMINGS}
    errors = {name: None if middle is None else middle.error for name, middle in middles.items()}
    return {**_record(summary), **errors, **bounds}
