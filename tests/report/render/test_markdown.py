"""A document as Markdown: whatever stands in a cell cannot leave it."""

from __future__ import annotations

from harness.report.render.markdown import as_markdown
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column


def document(cell: str) -> ReportDocument:
    columns: tuple[Column[str], ...] = (
        prose_column("name", "model", lambda row: row, meaning="who answered"),
        Column(key="n", title="n", meaning="answers", text=lambda _: "1,000", value=lambda _: 1000),
    )
    table = Table(columns=columns, rows=(cell,), title="core-math", footnotes=("~ marks what is made up",))
    return ReportDocument(
        title="run r",
        mode="SIMULATED",
        state="incomplete",
        sections=(Section(title="Tasks", tables=(table,), lines=("  one sentence",)),),
        record={},
        flat=FlatRows(keys=(), rows=()),
        notes=("A note.",),
        result=("passed: all 3 checks",),
        facts=(("Prices", ("acme/one@2026",)),),
    )


def test_parts_stand_in_the_order_of_reading() -> None:
    assert as_markdown(document("acme/one")).splitlines() == [
        "# run r · SIMULATED · incomplete",
        "",
        "- passed: all 3 checks",
        "",
        "## Tasks",
        "",
        "- one sentence",
        "",
        "**core-math**",
        "",
        "| model | n |",
        "|---|--:|",
        "| acme/one | 1,000 |",
        "",
        "## Notes",
        "",
        "- ~ marks what is made up",
        "- A note.",
        "",
        "## Columns",
        "",
        "- **model**: who answered",
        "- **n**: answers",
        "",
        "## Prices",
        "",
        "- acme/one@2026",
    ]


def test_a_cell_cannot_open_another_or_a_line_of_its_own() -> None:
    assert r"| a \| b\n# c | 1,000 |" in as_markdown(document("a | b\n# c"))
