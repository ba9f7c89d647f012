"""Markdown and HTML of a document: everything is in them, and nothing that comes from outside is obeyed."""

from __future__ import annotations

import pytest

from harness.report.render.formats import OutputFormat, render
from harness.report.render.table import prose_column
from tests.report.render.tables import document, table


@pytest.mark.parametrize("form", [OutputFormat.TEXT, OutputFormat.MARKDOWN, OutputFormat.HTML])
def test_format_for_people_names_the_run_its_state_and_every_model(form: OutputFormat) -> None:
    shown = render(document(), form)
    for words in ("SIMULATED", "incomplete", "acme/one", "acme/two", "sim/three", "sums · 100 samples"):
        assert words in shown


def test_markdown_explains_its_columns_and_cells_cannot_end_a_row() -> None:
    page = render(document(table(prose_column("a", "a", lambda _: "x | y", meaning="a letter"))), OutputFormat.MARKDOWN)
    assert "| x \\| y |" in page
    assert "- **a**: a letter" in page
    assert "## Prices" in page


def test_html_escapes_what_comes_from_outside_and_loads_nothing() -> None:
    page = render(document(), OutputFormat.HTML)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "run &lt;b&gt;" in page
    assert "http" not in page
    assert '<tr class="simulated">' in page
