"""Formulas with what stands around them: units, percent, bases, logarithms; each pair needs its rule."""

from __future__ import annotations

import pytest

from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("7 m", "700 cm", True),
        ("7 cm", "7 m", False),
        ("35 g", "35 kg", False),
        ("4 kW", "4 W", False),
    ],
)
def test_a_letter_behind_a_number_is_a_unit_where_the_other_side_names_one(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal


@pytest.mark.parametrize(
    ("gold", "prediction", "is_equal"), [("35", "35s", True), ("35h", "35", True), ("35", "36s", False)]
)
def test_a_letter_behind_a_number_may_be_a_unit_of_a_bare_number(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal


@pytest.mark.parametrize(("gold", "prediction", "is_equal"), [(r"\log 1000", "3", True), ("3", r"\ln 1000", False)])
def test_log_without_a_base_may_be_decimal(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
