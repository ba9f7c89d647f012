"""A document as text: for paper, for a terminal with colours, and in ASCII."""

from __future__ import annotations

import re

from harness.report.render.lines import cell_width, printable
from harness.report.render.table import ReportDocument, Section, Table, prose_column
from harness.report.render.text import Screen, as_text
from tests.report.render.tables import CORRECT, NAME, USD, document, table


def test_paper_has_no_colour_and_every_column() -> None:
    text = as_text(document())
    assert "\x1b" not in text
    assert "$ spent" in text
    assert "left out" not in text
    assert text.startswith("run <b> · SIMULATED · incomplete\n")
    assert text.endswith("a note | with <script>\n")


def test_columns_left_out_are_named_with_the_way_to_see_them() -> None:
    text = as_text(document(), Screen(width=28))
    assert "left out at 28 characters: $" in text.replace("\n", " ")
    assert "--wide shows all" in " ".join(text.split())


def test_no_line_is_wider_than_the_terminal_but_one_long_word() -> None:
    for width in (40, 80, 120):
        lines = as_text(document(table(NAME, CORRECT, USD)), Screen(width=width)).splitlines()
        assert all(cell_width(line) <= width for line in lines)


def test_colour_marks_what_is_not_measured_and_what_failed_and_changes_no_letter() -> None:
    failing = document(Table(columns=(prose_column("a", "a", lambda _: "FAILED"),), rows=(1,)))  # type: ignore[arg-type]
    coloured = as_text(failing, Screen(has_colour=True))
    assert "\x1b[31mFAILED" in coloured
    assert "\x1b[33mSIMULATED" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == as_text(failing)


def test_ascii_holds_nothing_else() -> None:
    text = as_text(
        document(table(prose_column("n", "name · 名", lambda row: f"{row.name} → 好"))), Screen(is_ascii=True)
    )
    assert text.isascii()
    assert "->" in text
    assert "\\u597d" in text  # 好


def test_what_a_terminal_obeys_is_shown_as_its_code() -> None:
    hostile = "\x1b[2J\x9b31m \u202egnp.exe \u200b"
    text = as_text(document(table(prose_column("n", "n", lambda _: hostile))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J" in text
    assert printable("模型 é") == "模型 é"


def test_result_stands_last_and_sections_may_hold_sentences() -> None:
    found = ReportDocument(
        title="gate",
        sections=(Section(title="one", lines=("a sentence",)),),
        record={},
        flat=document().flat,
        result=("passed: all", "  more"),
    )
    assert as_text(found) == "gate\n\none\n  a sentence\n\npassed: all\n  more\n"
