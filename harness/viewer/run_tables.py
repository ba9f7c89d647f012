"""The tables and charts of a run's report as values for a template."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.render.charts import Point, pareto_chart
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.build import RunReport, TaskTable
from harness.report.run_report.columns import COLUMNS
from harness.report.run_report.render import cells, task_line


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
    for table in report.tables:
        header, *body = cells(table)
        chart, missing = _chart(table)
        found.append(
            TableView(
                title=task_line(report, table),
                task=table.task.name,
                header=header,
                meanings={column.title: column.meaning for column in COLUMNS},
                rows=[(one.simulated, one.label, row) for one, row in zip(table.summaries, body, strict=True)],
                chart=chart,
                not_in_chart=missing,
            )
        )
    return found


def _chart(table: TaskTable) -> tuple[str, list[str]]:
    """The Pareto chart of the models with accuracy and known dollars, and the labels of the others."""
    points = {one.label: _point(one) for one in table.summaries}
    return (
        pareto_chart([point for point in points.values() if point is not None]),
        [label for label, point in points.items() if point is None],
    )


def _point(one: ModelSummary) -> Point | None:
    if one.spent_usd is None or one.accuracy is None or not one.answered:
        return None
    usd = float(one.spent_usd / one.answered)
    return Point(label=one.label, accuracy=one.accuracy, usd=usd, simulated=one.simulated)
