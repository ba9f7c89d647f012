"""A small table of made-up models for tests of the formats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column


@dataclass(frozen=True)
class Model:
    """A row."""

    name: str
    correct: int
    usd: Decimal | None
    note: str = ""


ROWS = (
    Model("acme/one", 90, Decimal("0.0123"), "cheap"),
    Model("acme/two", 95, None, "its price is unknown, so nothing can be said of what a correct answer costs"),
    Model("~ sim/three", 80, Decimal(2), ""),
)
NAME: Column[Model] = prose_column("model", "model", lambda row: row.name)
CORRECT: Column[Model] = Column(
    key="correct",
    title="correct answers",
    meaning="answers that are correct",
    text=lambda row: str(row.correct),
    value=lambda row: row.correct,
)
USD: Column[Model] = Column(
    key="usd",
    title="$ spent",
    meaning="billed dollars",
    text=lambda row: "?" if row.usd is None else f"{row.usd:f}",
    value=lambda row: row.usd,
    rank=2,
    lowest_is_best=True,
)
WHY: Column[Model] = prose_column("note", "what is to be said", lambda row: row.note, meaning="a remark")


def table(*columns: Column[Model]) -> Table[Model]:
    return Table(columns=columns, rows=ROWS, is_marked=lambda row: row.name.startswith("~"))


def document(*tables: Table[Model]) -> ReportDocument:
    shown = tables or (table(NAME, CORRECT, USD),)
    return ReportDocument(
        title="run <b>",
        mode="SIMULATED",
        state="incomplete",
        sections=(Section(title="sums · 100 samples", tables=shown),),
        notes=("a note | with <script>",),
        facts=(("Prices", ("a price",)),),
        record={"rows": [{"model": row.name, "usd": row.usd} for row in ROWS]},
        flat=FlatRows(
            keys=("model", "usd", "note"),
            rows=tuple({"model": row.name, "usd": row.usd, "note": row.note} for row in ROWS),
        ),
    )
