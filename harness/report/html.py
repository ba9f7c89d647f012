"""The report as one HTML file that needs nothing else: no script, no font, no request to anywhere.

The one door to jinja2. Not here: what stands in it (comparison, columns).
"""

from __future__ import annotations

from pathlib import Path

import jinja2

from harness.report.columns import COLUMNS
from harness.report.comparison import Comparison
from harness.report.tables import cells, facts, task_line

TEMPLATE = Path(__file__).with_name("page.html.j2")


def as_html(comparison: Comparison) -> str:
    """The whole page; every text in it is escaped."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    tables = []
    for table in comparison.tables:
        header, *body = cells(table)
        simulated = [summary.simulated for summary in table.summaries]
        tables.append(
            {"title": task_line(comparison, table), "header": header, "body": list(zip(simulated, body, strict=True))}
        )
    return template.render(
        comparison=comparison,
        tables=tables,
        columns=COLUMNS,
        meanings={column.title: column.meaning for column in COLUMNS},
        facts=facts(comparison),
    )
