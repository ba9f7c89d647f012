"""A document as one HTML file: whatever a text holds stays text, and nothing is fetched."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.report.render.page import as_html
from harness.report.render.table import FlatRows, ReportDocument, Section, Table, prose_column

HOSTILE = '<script>alert("1")</script><img src=x onerror=alert(2)>&{{ 7 * 7 }}'
PLAIN = ReportDocument(
    title="run r",
    sections=(
        Section(title="Tasks", tables=(Table(columns=(prose_column("name", "model", str),), rows=("acme/one",)),)),
    ),
    record={},
    flat=FlatRows(keys=(), rows=()),
)


def test_texts_of_every_place_are_escaped() -> None:
    column = prose_column("name", HOSTILE, str, meaning=HOSTILE)
    table = Table(columns=(column,), rows=(HOSTILE,), title=HOSTILE, footnotes=(HOSTILE,))
    page = as_html(
        replace(
            PLAIN,
            title=HOSTILE,
            sections=(Section(title=HOSTILE, tables=(table,), lines=(HOSTILE,)),),
            notes=(HOSTILE,),
            result=(HOSTILE,),
            facts=((HOSTILE, (HOSTILE,)),),
        )
    )
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "49" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert page.count("&lt;script&gt;") >= 8


def test_the_page_needs_nothing_else() -> None:
    page = as_html(PLAIN)
    assert "acme/one" in page
    assert re.findall(r"""(?:src|href)=["']?(?!#|data:)[^"'> ]+""", page) == []
    assert "@import" not in page
