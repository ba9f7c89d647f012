"""The templates of pages: every text in them is escaped, and translated where it is our own."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import quote

import jinja2

from harness.core.plurals import counted
from harness.report.render.language import language, tr
from harness.report.render.number_format import NONE, UNKNOWN, count, dollars, seconds
from harness.viewer.job_state import SYMBOLS
from harness.viewer.text_html import visible

TEMPLATES = Path(__file__).parent / "templates"
SERVED = "base.html.j2"
"""The layout of pages that the viewer serves; others are parts of a file."""


def render(template: str, **values: object) -> str:
    """A template with every text escaped."""
    return _environment(language()).get_template(template).render(symbols=SYMBOLS, language=language(), **values)


@cache
def _environment(_language: str) -> jinja2.Environment:
    """One for each language: Jinja works out filters of constant texts when it compiles a template, and keeps that."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        usd=lambda value: UNKNOWN if value is None else f"${dollars(Decimal(str(value)))}",
        seconds=lambda value: NONE if value is None else f"{seconds(value)} s",
        count=lambda value: UNKNOWN if value is None else count(value),
        counted=counted,
        visible=lambda value: visible(str(value)),
        urlpath=lambda value: quote(str(value), safe=""),
        words=lambda value: tr(str(value).replace("_", " ")),
        tr=lambda value: tr(str(value)),
    )
    return made
