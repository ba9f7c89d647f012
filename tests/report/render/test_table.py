"""Tables and documents as values: cells, marks, meanings and footnotes, each once."""

from __future__ import annotations

from decimal import Decimal

from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records

COLUMNS: tuple[Column[int], ...] = (
    prose_column("name", "name", str, meaning="the number"),
    Column(
        key="usd",
        title="$",
        meaning="dollars",
        text=lambda n: "?" if n == 0 else f"{n}.00",
        value=lambda n: None if n == 0 else Decimal(n),
    ),
)


def test_cells_are_for_people_and_records_for_files() -> None:
    table = Table(columns=COLUMNS, rows=(0, 2))
    assert table.cells() == [["0", "?"], ["2", "2.00"]]
    assert records(COLUMNS, table.rows) == [{"name": "0", "usd": None}, {"name": "2", "usd": Decimal(2)}]


def test_rows_are_marked_only_by_a_table_that_knows_them() -> None:
    assert [mark for mark, _ in Table(columns=COLUMNS, rows=(0, 2)).marked_rows()] == [False, False]
    table = Table(columns=COLUMNS, rows=(0, 2), is_marked=lambda n: n == 2)
    assert [mark for mark, _ in table.marked_rows()] == [False, True]


def test_a_document_explains_each_column_and_mark_once() -> None:
    unexplained: Column[int] = prose_column("x", "x", str)
    tables = (
        Table(columns=COLUMNS, rows=(), footnotes=("a", "b")),
        Table(columns=(*COLUMNS, unexplained), rows=(), footnotes=("b",)),
    )
    found = ReportDocument(
        title="t",
        mode="",
        state="incomplete",
        sections=tuple(Section(title="s", tables=(table,)) for table in tables),
        record={},
        flat=FlatRows(keys=(), rows=()),
    )
    assert found.meanings() == [("name", "the number"), ("$", "dollars")]
    assert found.footnotes() == ["a", "b"]
    assert found.tables == tables
    assert found.headline == "t · incomplete"
