"""The tables and charts of a run's report as values for a template."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.run_report.build import RunReport
from harness.report.run_report.render import document, model_point


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """One task: head, rows (whether simulated, label, cells), the chart as SVG, and who is not in it."""

    title: str
    task: str
    header: list[str]
    meanings: dict[str, str]
    rows: list[tuple[bool, str, list[str]]]
    chart: str
    not_in_chart: list[str]


def table_views(report: RunReport) -> list[TableView]:
    """A view of each task of the run."""
    found = []
    for own, section in zip(report.tables, document(report).sections, strict=True):
        (table,) = section.tables
        missing = [one.label for one in own.summaries if model_point(one) is None]
        found.append(
            TableView(
                title=section.title,
                task=own.task.name,
                header=[column.title for column in table.columns],
                meanings={column.title: column.meaning for column in table.columns},
                rows=[(one.simulated, one.label, row) for one, row in zip(own.summaries, table.cells(), strict=True)],
                chart=section.chart,
                not_in_chart=missing,
            )
        )
    return found
