"""The report, and a comparison of models, as one HTML file that needs nothing else: no script, no font, no request.

Not here: what stands in it (comparison, columns, compare), the chart's drawing (charts).
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.render.charts import Point, pareto_chart
from harness.report.render.page import render
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.build import RunReport
from harness.report.run_report.columns import COLUMNS
from harness.report.run_report.render import cells, facts, task_line


def as_html(comparison: RunReport) -> str:
    """The whole page; every text in it is escaped."""
    tables = []
    for table in comparison.tables:
        header, *body = cells(table)
        simulated = [summary.simulated for summary in table.summaries]
        tables.append(
            {
                "title": task_line(comparison, table),
                "header": header,
                "body": list(zip(simulated, body, strict=True)),
                **_chart({summary.label: _point(summary) for summary in table.summaries}),
            }
        )
    return render(
        "page.html.j2",
        comparison=comparison,
        tables=tables,
        columns=COLUMNS,
        meanings={column.title: column.meaning for column in COLUMNS},
        facts=facts(comparison),
    )


def _chart(points: Mapping[str, Point | None]) -> dict[str, object]:
    """The chart of those that have both figures (its texts are escaped where it is drawn), and who is not in it."""
    return {
        "chart": pareto_chart([point for point in points.values() if point is not None]),
        "not_in_chart": [label for label, point in points.items() if point is None],
    }


def _point(summary: ModelSummary) -> Point | None:
    """Where a model stands in the chart; None without a ruling, an answer, or known dollars."""
    spent, found = summary.spent_usd, summary.accuracy
    if spent is None or found is None or not summary.answered:
        return None
    return Point(label=summary.label, accuracy=found, usd=float(spent / summary.answered), simulated=summary.simulated)
