"""A table fitted to a width: nothing is cut, and what finds no room is named."""

from __future__ import annotations

from dataclasses import replace

from harness.report.render.fit import fit
from harness.report.render.lines import cell_width
from harness.report.render.table import Column, Table, prose_column
from tests.cases import all_cases
from tests.report.render.tables import CORRECT, NAME, ROWS, USD, WHY, Model, table


def test_without_a_limit_every_column_stands_in_one_line() -> None:
    found = fit(table(NAME, CORRECT, USD, WHY), None)
    assert found.head == ["model        correct answers  $ spent  what is to be said"]
    assert found.left_out == []
    assert [len(lines) for lines in found.rows] == [1, 1, 1]


def test_heads_take_two_lines_before_any_column_goes() -> None:
    # 11 for the name, 2 x 2 for the gaps, 15 and 7 for the heads: 37. In two lines `correct answers` needs 7: 29
    assert len(fit(table(NAME, CORRECT, USD), 37).head) == 1
    found = fit(table(NAME, CORRECT, USD), 29)
    assert found.head == ["             correct", "model        answers  $ spent"]
    assert found.left_out == []


def test_column_of_the_highest_rank_goes_first_and_is_named() -> None:
    found = fit(table(NAME, CORRECT, USD), 28)
    assert found.left_out == ["$ spent"]
    assert found.rows[0] == ["acme/one          90"]


def test_prose_is_wrapped_beside_the_figures_where_there_is_room() -> None:
    found = fit(table(NAME, CORRECT, WHY), 60)
    assert found.below == [[], [], []]
    assert len(found.rows[1]) > 1
    assert " ".join(line[22:].strip() for line in found.rows[1]).strip() == ROWS[1].note


def test_prose_goes_under_its_row_where_it_would_be_too_narrow() -> None:
    found = fit(table(NAME, CORRECT, WHY), 40)
    assert found.below == [[row.note] for row in ROWS]


def test_two_columns_of_prose_are_wrapped_to_one_width() -> None:
    before: Column[Model] = prose_column("before", "before", lambda row: f"{row.name} of a sandbox")
    after: Column[Model] = prose_column("after", "after", lambda row: f"{row.name} of a sandbox")
    found = fit(Table(columns=(NAME, before, after), rows=ROWS[:1]), 50)
    # 8 for the name, 2 x 2 for the gaps: 19 each, of 21
    assert found.rows[0] == ["acme/one  acme/one of a  acme/one of a", "          sandbox        sandbox"]
    assert found.below == [[]]


def test_long_name_is_broken_into_lines_and_not_cut() -> None:
    long = Model("provider-of-many/model-with-a-very-long-name@high", 1, None)
    found = fit(Table(columns=(NAME, CORRECT), rows=(long,)), 30)
    assert "".join(line[:21].strip() for line in found.rows[0]) == long.name
    assert all(cell_width(line) <= 30 for line in found.rows[0])


def test_long_name_breaks_behind_a_slash_before_it_breaks_at_a_hyphen() -> None:
    long = Model("openrouter/anthropic/claude-sonnet-4.5@high", 1, None)
    found = fit(Table(columns=(NAME, CORRECT), rows=(long,)), 35)
    assert [line[:24].strip() for line in found.rows[0]] == ["openrouter/anthropic/", "claude-sonnet-4.5@high"]


def test_intervals_go_below_their_figures_where_names_would_be_too_narrow() -> None:
    dollars: Column[Model] = replace(CORRECT, text=lambda row: "0.00080 [0.00073, 0.0010]")
    found = fit(Table(columns=(NAME, dollars), rows=ROWS[:1]), 30)  # 8 + 2 + 25 for one line
    assert found.rows[0] == ["acme/one            0.00080", "          [0.00073, 0.0010]"]


def test_few_long_names_break_so_that_prose_stays_beside_the_figures() -> None:
    rows = [Model(f"acme/{place}", 1, None, "a note on this model of the table") for place in range(3)]
    outlier = Model("openrouter/anthropic/claude-sonnet-4.5@high", 1, None, "a note on the model")
    found = fit(Table(columns=(NAME, CORRECT, WHY), rows=(*rows, outlier)), 70)
    assert found.below == [[]] * 4
    assert [len(lines) for lines in found.rows] == [1, 1, 1, 2]


@all_cases("width", range(24, 140, 7))
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    found = fit(table(NAME, CORRECT, USD, WHY), width)
    lines = [*found.head, *(line for lines in found.rows for line in lines)]
    assert all(cell_width(line) <= width for line in lines)


def test_wide_characters_count_twice() -> None:
    chinese: Column[Model] = prose_column("name", "名", lambda row: "模型" if row.correct == 90 else row.name)
    found = fit(Table(columns=(chinese, CORRECT), rows=ROWS[:2]), None)
    # 模型 fills 4 columns of 8, so 4 blanks follow where acme/two has none
    assert found.rows[0] == ["模型" + " " * 4 + " " * 15 + "90"]
