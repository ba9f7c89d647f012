"""Tuples, sets, intervals, matrices and ratios."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

KINDS = [
    ("(1,2)", "(2,1)", False),
    ("(1,2)", "1,2", True),
    ("(1,2)", "x=1,y=2", True),
    ("(1,2)", "x=2,y=1", False),
    ("(1,2)", r"\{1,2\}", False),
    ("[1,2]", "(1,2)", False),
    ("(1,2]", "[1,2)", False),
    ("(1,2)", "1<x<2", True),
    ("[1,2]", r"1\le x\le 2", True),
    ("[1,2]", r"1< x\le 2", False),
    (r"(1,\infty)", "x>1", True),
    (r"[1,\infty)", "x>1", False),
    (r"(-\infty,1)\cup(1,\infty)", r"x\ne 1", True),
    (r"(-\infty,1)\cup(2,\infty)", r"x<1 \text{ or } x>2", True),
    (r"(-\infty,1)\cup(2,\infty)", r"x<1 \text{ and } x>2", False),
    (r"(-\infty,1]\cup(2,\infty)", r"x<1 \text{ or } x>2", False),
    (r"(0,1)\cup(1,2)", "(0,2)", False),
    (r"(0,2)\setminus\{1\}", r"(0,1)\cup(1,2)", True),
    ("[0,2]", r"[0,1]\cup[1,2]", True),
    ("|x|<2", "(-2,2)", True),
    (r"|x|\le2", "(-2,2)", False),
    (r"\{1,2,3\}", r"\{3,2,1\}", True),
    (r"\{1,2,3\}", r"\{1,2\}", False),
    (r"\{1,2,3\}", "[1,3]", False),
    ("(1,2,3)", "(1,3,2)", False),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}", False),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix}1&2\\3&4\end{bmatrix}", True),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", False),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1&2\end{pmatrix}", False),
    ("2+3i", "2-3i", False),
    (r"2\pm3i", "2+3i", False),
    ("(a,b)=(1,2)", "a=1, b=2", True),
    (r"(\pm1,\pm2)", "(1,2),(-1,-2)", False),
    ("(1,2),(3,4)", "(3,4),(1,2)", True),
    ("(1,2),(3,4)", "(1,3),(2,4)", False),
    ("((1,2),3)", "(1,(2,3))", False),
    (r"\langle 1,2\rangle", "(1,2)", True),
    ("1:2", "2:1", False),
    ("1:2", r"\frac12", True),
    ("1:2:3", "1:3:2", False),
    ("1:2:3", "2:4:6", True),
]


@all_cases(("gold", "prediction", "is_equal"), KINDS)
def test_brackets_and_order_count(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
