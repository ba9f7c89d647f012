"""The documents of `harness baseline`: what a new baseline changes, and the rows of a baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.gate.baseline import Baseline, ModelTotals
from harness.report.gate.build import GateReport
from harness.report.gate.check_result import CheckOutcome
from harness.report.gate.render import COLUMNS, document, gate_record, sections
from harness.report.render.mode import mark_origin, mode_of, origin_notes
from harness.report.render.number_format import UNKNOWN, count, dollars
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records


def _count_column(key: str, title: str, number: Callable[[ModelTotals], int]) -> Column[ModelTotals]:
    return Column(key=key, title=title, meaning="", text=lambda one: count(number(one)), value=number)


ROW_COLUMNS: tuple[Column[ModelTotals], ...] = (
    prose_column("task", "task", lambda one: one.task),
    Column(
        key="model",
        title="model",
        meaning="",
        text=lambda one: mark_origin(one.model, one.terms.origin),
        value=lambda one: one.model,
        is_prose=True,
    ),
    _count_column("samples", "samples", lambda one: len(one.samples)),
    _count_column("correct", "correct", lambda one: sum(sample.correct for sample in one.samples.values())),
    _count_column("graded", "graded", lambda one: sum(sample.graded for sample in one.samples.values())),
    _count_column("errors", "errors", lambda one: one.failed),
    Column(
        key="spent_usd",
        title="$ spent",
        meaning="",
        text=lambda one: UNKNOWN if one.unpriced else dollars(one.known_usd),
        value=lambda one: None if one.unpriced else one.known_usd,
    ),
)
"""What `harness baseline show` shows of each row."""


def rows_document(baseline: Baseline, file: str) -> ReportDocument:
    """What `harness baseline show` shows."""
    rows = baseline.rows
    return ReportDocument(
        title=f"baseline {file}",
        mode=mode_of(one.terms.origin for one in rows),
        sections=(
            Section(
                title=f"of the run {baseline.run}, {baseline.created_at:%Y-%m-%d %H:%M} UTC, "
                f"by harness {baseline.harness_version}",
                tables=(
                    Table(columns=ROW_COLUMNS, rows=rows, is_marked=lambda one: one.terms.origin is not Origin.LIVE),
                ),
            ),
        ),
        notes=tuple(origin_notes(one.terms.origin for one in rows)),
        record={"run": baseline.run, "command": list(baseline.command), "rows": records(ROW_COLUMNS, rows)},
        flat=FlatRows(keys=tuple(one.key for one in ROW_COLUMNS), rows=tuple(records(ROW_COLUMNS, rows))),
        result=(f"made by: {' '.join(baseline.command)}",) if baseline.command else (),
    )


def changes_document(found: GateReport, file: str) -> ReportDocument:
    """What `harness baseline update` shows: all that the new baseline changes, and nothing that stays."""
    changed = tuple(one for one in found.findings if one.outcome in (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE))
    only = replace(found, findings=changed)
    number = len(changed) + len(found.settings) + len(found.one_sided)
    columns = tuple(column for column in COLUMNS if column.key != "result")
    lines = (*found.one_sided, *found.settings)
    rows = Section(title="rows and settings", lines=lines)
    return replace(
        document(only),
        title=f"changes of {file}",
        state=counted(number, "change") if number else "the checked figures are unchanged",
        sections=(*((rows,) if lines else ()), *sections(only, columns)),
        notes=(),
        result=(),
        record={**gate_record(only), "rows": list(found.one_sided), "settings": list(found.settings)},
    )
