"""The output formats, and a document written in one of them."""

from __future__ import annotations

from enum import Enum

from harness.report.render.files import as_csv, as_json
from harness.report.render.language import translated
from harness.report.render.markdown import as_markdown
from harness.report.render.table import ReportDocument
from harness.report.render.text import PAPER, Screen, as_text


class OutputFormat(Enum):
    """What `--format` accepts."""

    TEXT = "text"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


def render(document: ReportDocument, form: OutputFormat, screen: Screen = PAPER) -> str:
    """The document in a format; `screen` matters for text alone."""
    document = translated(document) if form not in (OutputFormat.CSV, OutputFormat.JSON) else document
    match form:
        case OutputFormat.TEXT:
            return as_text(document, screen)
        case OutputFormat.MARKDOWN:
            return as_markdown(document)
        case OutputFormat.CSV:
            return as_csv(document)
        case OutputFormat.JSON:
            return as_json(document)
        case OutputFormat.HTML:
            from harness.report.render.page import as_html  # jinja2, for pages alone

            return as_html(document)
