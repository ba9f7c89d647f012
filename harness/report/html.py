"""The report, and a comparison of models, as one HTML file that needs nothing else: no script, no font, no request.

The one door to jinja2. Not here: what stands in it (comparison, columns, compare), the chart's drawing (charts).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jinja2

from harness.report.charts import Point, pareto_chart
from harness.report.columns import COLUMNS
from harness.report.comparison import RunReport
from harness.report.summary import ModelSummary
from harness.report.tables import cells, facts, task_line

FOLDER = Path(__file__).parent


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


def render(template: str, **values: object) -> str:
    """A page from a template of this folder, with every text escaped and one style for all pages."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(**values)


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
