"""A document as one HTML file that needs nothing else: no script, no font, no request.

The only module that imports jinja2.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from harness.report.charts.page import style
from harness.report.render.language import tr
from harness.report.render.table import ReportDocument

FOLDER = Path(__file__).parent / "templates"


def as_html(document: ReportDocument) -> str:
    """The whole page; every text in it is escaped. Charts escape their own."""
    return _environment().get_template("document.html.j2").render(document=document, chart_style=style())


def fill(template: str, **values: Any) -> str:
    """Another template of this folder, filled in; every text in it is escaped."""
    return _environment().get_template(template).render(**values)


@jinja2.pass_context
def _translate(_: jinja2.runtime.Context, text: str) -> str:
    """`tr` as a filter that is not worked out when the template is compiled, in whatever language that happened."""
    return tr(text)


@cache
def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    found.filters["tr"] = _translate
    return found
