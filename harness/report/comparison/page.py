"""A comparison of models as one HTML file, with the Pareto chart of each table.

Not here: what stands in it (compare, compare_columns), templates and their engine (html).
"""

from __future__ import annotations

from harness.report.comparison.build import ComparisonRow, ComparisonTable, ModelComparison
from harness.report.comparison.columns import blocks
from harness.report.comparison.render import cells, meanings, notes_of, shown_rows, title_of
from harness.report.render.charts import Point, pareto_chart
from harness.report.render.page import render
from harness.stats.intervals import ConfidenceInterval


def as_html(found: ModelComparison) -> str:
    """The whole page; every text in it is escaped."""
    return render(
        "compare.html.j2",
        title=f"comparison of {', '.join(found.runs)}",
        mode=found.mode,
        tables=[_table(table) for table in found.tables],
        notes=notes_of(found),
        meanings=meanings(found),
    )


def _table(table: ComparisonTable) -> dict[str, object]:
    points = {row.model_run.label: _point(row) for row in table.rows}
    return {
        "title": title_of(table),
        "chart": pareto_chart([point for point in points.values() if point is not None]),
        "not_in_chart": [label for label, point in points.items() if point is None],
        "blocks": [
            {
                "title": block.title,
                "columns": block.columns,
                "body": [
                    (row.model_run.simulated, line)
                    for row, line in zip(shown_rows(table, block), cells(table, block)[1:], strict=True)
                ],
            }
            for block in blocks(table)
        ],
    }


def _point(row: ComparisonRow) -> Point | None:
    """Accuracy against mean dollars for one job; None where one of them is not known."""
    accuracy, usd = row.values["accuracy"], row.values["usd_per_task"]
    if not isinstance(accuracy, ConfidenceInterval) or not isinstance(usd, ConfidenceInterval):
        return None
    return Point(label=row.model_run.label, accuracy=accuracy, usd=usd.estimate, simulated=row.model_run.simulated)
