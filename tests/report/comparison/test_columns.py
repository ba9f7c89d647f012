"""Columns of a comparison: every figure that is computed is shown once, and a best one is marked where low is good."""

from __future__ import annotations

from harness.report.comparison.columns import DIFFERENCE_COLUMNS, PRICE_COLUMNS, RATIO_COLUMNS, SCORE_COLUMNS
from harness.report.comparison.values import LOWEST_IS_BEST, MODEL_METRICS, PAIR_METRICS

OWN = [column.key for column in (*SCORE_COLUMNS, *PRICE_COLUMNS)]
PAIR = [column.key for column in (*DIFFERENCE_COLUMNS, *RATIO_COLUMNS)]


def test_every_computed_figure_has_one_column() -> None:
    assert sorted(key for key in OWN if key in MODEL_METRICS) == sorted(MODEL_METRICS)
    assert sorted(key for key in PAIR if key in PAIR_METRICS) == sorted(PAIR_METRICS)


def test_each_column_has_a_key_of_its_own_a_head_and_a_meaning() -> None:
    assert len(OWN) == len(set(OWN))
    assert len(PAIR) == len(set(PAIR))
    columns = (*SCORE_COLUMNS, *PRICE_COLUMNS, *DIFFERENCE_COLUMNS, *RATIO_COLUMNS)
    assert all(column.title and column.meaning for column in columns)


def test_figures_whose_lowest_is_best_say_so_to_every_format() -> None:
    marked = {column.key for column in (*SCORE_COLUMNS, *PRICE_COLUMNS) if column.lowest_is_best}
    assert LOWEST_IS_BEST.keys() <= marked
    assert "accuracy" not in marked
