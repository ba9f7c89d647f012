"""Equations: the same up to a factor, and worked values."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

FACTORS = [
    ("x+y=1", "2x+2y=2", True),
    ("x+y=1", r"\sqrt2x+\sqrt2y=\sqrt2", True),
    ("x+y=1", "x+y=2", False),
    ("x+y=1", "x+y=1+10^{-20}", False),
    ("-2x>4", "x<-2", True),
    ("-2x>4", "x>-2", False),
]


@all_cases(("gold", "prediction", "is_equal"), FACTORS)
def test_equations_are_equal_up_to_a_factor(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


WORKED = [
    ("x+1", r"\frac{x^2-1}{x-1}=x+1", True),
    ("x^2", r"x^2=x\cdot x", True),
    ("7", "3+4=7", True),
    ("x+2", r"\frac{x^2-1}{x-1}=x+1", False),
]


@all_cases(("gold", "prediction", "is_equal"), WORKED)
def test_a_worked_equation_has_its_last_side_as_value(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
