"""What an audit prints: fit for a screen of 80 columns, unknown counts whole, the cause in words."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from harness.audit.build import audit
from harness.audit.render import document
from harness.importers.price_history import load_history
from harness.importers.results import BoardRow, ImportedResults, ModelTokens, Published
from harness.report.render.page import as_html
from harness.report.render.text import Screen, as_text

HISTORY = load_history()
ROW = BoardRow(
    id="run-2025-09-01-of-an-agent-with-a-rather-long-name_1756700000",
    model="Some Agent (o3 Medium (April 2025))",
    benchmark="tasks",
    n=200,
    correct=150,
    accuracy=0.8,
    usd=Decimal("11"),
    days=(date(2025, 9, 1),),
    # o3 at 2 / 0.5 / 8: 0.6 x 2 + 0.4 x 0.5 + 0.1 x 8 = 2.2; at 10 / 2.5 / 40, before 2025-06-10: 11
    tokens=(ModelTokens(model="o3", prompt=1_000_000, completion=100_000, cached=400_000),),
    figures={"cost_unknown": Decimal(4)},
)


def shown(*rows: BoardRow, width: int | None = 80) -> str:
    published = Published(title="a board", lacking=("latency",))
    report = audit(ImportedResults(published=published, rows=rows), HISTORY, source="board.json")
    return as_text(document(report), Screen(width=width))


def test_a_row_at_80_columns_has_its_name_cause_and_prices() -> None:
    text = shown(ROW, dataclasses.replace(ROW, id="other", model="o3"))
    assert max(map(len, text.splitlines())) <= 80
    assert "price before the cut: openai/o3 at 10/40" in " ".join(text.split())
    assert "prices of 2025-09-01: openai/o3@2025-06-10" in " ".join(text.split())
    assert f"    {ROW.id}\n" in text
    assert "cannot be known from this source: latency" in text


def test_a_mark_stays_with_its_name() -> None:
    lines = [line for line in shown(ROW).splitlines() if line.startswith("^")]
    assert lines[0].startswith("^ Some")
    assert "^" not in {line.strip() for line in lines}


def test_counts_are_whole_and_columns_without_figures_are_left_out() -> None:
    text = shown(ROW, width=None)
    head, first = next(line for line in text.splitlines() if line.startswith("model")), text.splitlines()[4]
    assert "$ unknown" in head
    assert "  4  " in first
    assert "4.00" not in first
    assert "$/task" not in head
    assert "another share than the counts give in 1 row" in text


def test_a_page_has_the_cause_under_its_row_not_in_a_column_of_its_own() -> None:
    published = Published(title="a board")
    report = audit(ImportedResults(published=published, rows=(ROW,)), HISTORY, source="board.json")
    page = as_html(document(report))
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert "likely cause" not in head
    assert "<p><b>likely cause</b> price before the cut: openai/o3 at 10/40" in page
    assert 'colspan="' in page
