"""Sets of real numbers in any notation."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

SETS = [
    (r"\sqrt2x>2", r"(\sqrt2,\infty)", True),
    (r"\sqrt2x>2", r"(2,\infty)", False),
    ("(0,1], [2,3)", r"(0,1]\cup[2,3)", True),
    (r"(1,2)\cap(0,3)", "(1,2)", True),
    ("3-x>1", "x<2", True),
    ("-2<x<2", "x^2<4", True),
    ("-2<x<2", r"x^2\le4", False),
    (r"a>\frac14", r"\left(\frac14,+\infty\right)", True),
    (r"a>\frac14", r"a>\frac15", False),
    (r"x\neq3", r"x\ne-3", False),
    (r"(-\infty,\infty)", r"\mathbb{R}", True),
]


@all_cases(("gold", "prediction", "is_equal"), SETS)
def test_notations_of_one_set_are_equal(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
