"""Functions given by cases equal a formula or other cases where that is proved, bounds included."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare


def cases(*rows: str) -> str:
    r"""A `cases` environment; each row holds its value and its condition with `&` between."""
    return r"\begin{cases}" + r"\\".join(rows) + r"\end{cases}"


SIZE = cases(r"x & x\ge 0", "-x & x<0")
FUNCTIONS = [
    ("|x|", SIZE, True),
    (SIZE, "|x|", True),
    (SIZE, cases("x & x>0", r"-x & x\le 0"), True),
    ("|x|", cases(r"x & x\ge 0", "x & x<0"), False),
    ("|x|", cases(r"x & x\ge 1", "-x & x<1"), False),
    ("|x|", cases("x & x>0", "-x & x<0"), False),
    ("|x-2|", cases(r"x-2 & \text{if } x\ge 2", r"2-x & \text{if } x<2"), True),
    ("|x-2|", cases(r"x-2 & \text{if } x\ge 2", r"2-x & \text{if } x<1"), False),
    (r"\max(x,0)", cases("x & x>0", r"0 & x\le 0"), True),
    (r"\max(x,0)", cases("x & x>0", r"1 & x\le 0"), False),
    (r"\max(x,0)", cases("x & x>1", r"0 & x\le 1"), False),
    ("|x-1|+|x+1|", cases("-2x & x<-1", r"2 & -1\le x\le 1", "2x & x>1"), True),
    ("|x-1|+|x+1|", cases("-2x & x<-1", r"2 & -1\le x\le 1", "2x+1 & x>1"), False),
    ("|x-1|+|x+1|", cases("-2x & x<-1", "2 & -1<x<1", "2x & x>1"), False),
    (r"\operatorname{sgn}(x)", cases("1 & x>0", "0 & x=0", "-1 & x<0"), True),
    (r"\operatorname{sgn}(x)", cases("1 & x>0", "1 & x=0", "-1 & x<0"), False),
    (cases(r"1 & x\ge 0", "-1 & x<0"), cases("1 & x>0", r"-1 & x\le 0"), False),
    (cases(r"1 & x\ge 0", "-1 & x<0"), r"\operatorname{sgn}(x)", False),
    (cases("1 & x>0", "-1 & x<0"), "1", False),
    (cases(r"x^2 & x\ge 0", "-x^2 & x<0"), "x|x|", True),
    (cases(r"x^2 & x\ge 0", "-x^2 & x<0"), "x^2", False),
]


@all_cases(("gold", "prediction", "is_equal"), FUNCTIONS)
def test_cases_are_equal_where_every_interval_and_bound_agrees(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
