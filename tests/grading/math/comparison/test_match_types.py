"""Rules of equality by kind of answer; each pair needs its rule."""

from __future__ import annotations

import pytest

from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("4:5:6", "8:10:12", True),
        ("4:5:6", r"\frac{2}{3}:\frac{5}{6}:1", True),
        ("4:5:6", "8:10:13", False),
        ("4:5:6", "4:5", False),
    ],
)
def test_ratios_of_three_are_equal_up_to_a_factor(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


SIGNS_AND_SETS = [
    (r"3x \pm 4y = 0", "3x+4y=0, 3x-4y=0", True),
    (r"\{\{1,2\},3\}", r"\{1,2,3\}", False),
    (r"\{\{1,2\},3\}", r"\{1,\{2,3\}\}", False),
]


@pytest.mark.parametrize(("gold", "prediction", "is_equal"), SIGNS_AND_SETS)
def test_both_signs_and_nested_sets_are_kept(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
