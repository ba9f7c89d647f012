"""A document as one HTML file that needs nothing else: no script, no font, no request. The only door to jinja2."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from harness.report.charts.page import style
from harness.report.render.table import ReportDocument

FOLDER = Path(__file__).parent / "templates"


def as_html(document: ReportDocument) -> str:
    """The whole page; every text in it is escaped. Charts escape their own."""
    return _environment().get_template("document.html.j2").render(document=document, chart_style=style())


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
