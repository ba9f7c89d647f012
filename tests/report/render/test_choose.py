"""The part of a document that a reader asks for."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.report.render.choose import choose
from harness.report.render.table import Table
from tests.report.render.tables import CORRECT, NAME, USD, Model, document, table


def only(columns: tuple[str, ...] | None = None, sort: str | None = None) -> Table[Model]:
    (found,) = choose(document(), columns=columns, sort=sort).tables
    return found


def test_chosen_columns_follow_the_name_in_the_order_asked() -> None:
    assert [column.key for column in only(("usd", "correct")).columns] == ["model", "usd", "correct"]


def test_rows_are_sorted_best_first_by_what_is_best() -> None:
    assert [row.correct for row in only(sort="correct").rows] == [95, 90, 80]
    assert [row.name for row in only(sort="usd").rows] == ["acme/one", "~ sim/three", "acme/two"]  # unknown last
    assert [row.name for row in only(sort="model").rows] == ["acme/one", "acme/two", "~ sim/three"]


def test_tables_of_one_section_are_sorted_alike() -> None:
    both = choose(document(table(NAME, CORRECT), table(NAME, USD)), sort="correct").tables
    assert [[row.correct for row in found.rows] for found in both] == [[95, 90, 80], [95, 90, 80]]


def test_table_without_any_chosen_column_is_left_out() -> None:
    found = choose(document(table(NAME, CORRECT), table(NAME, USD)), columns=["usd"]).tables
    assert [[column.key for column in one.columns] for one in found] == [["model", "usd"]]


@pytest.mark.parametrize(("columns", "sort", "option"), [(("corect",), None, "--columns"), (None, "corect", "--sort")])
def test_unknown_column_names_the_nearest(columns: tuple[str, ...] | None, sort: str | None, option: str) -> None:
    with pytest.raises(UsageError, match=rf"{option}: no column 'corect' here; did you mean correct\?"):
        only(columns, sort)
