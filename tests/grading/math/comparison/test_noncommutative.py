"""Products, compositions and names in which the order of the parts counts."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

ORDER = [
    ("Let A, B be matrices.", "A^{-1}B", "BA^{-1}", False),
    ("Let A, B be matrices.", "(AB)^{-1}", "A^{-1}B^{-1}", False),
    ("Let A, B be matrices.", "(AB)^{-1}", "B^{-1}A^{-1}", True),
    ("Let A,B be matrices.", "A^2+2AB+B^2", "(A+B)^2", False),
    ("Let A,B be matrices.", "A^2+AB+BA+B^2", "(A+B)^2", True),
    ("matrices A and B", "(A+B)(A-B)", "A^2-B^2", False),
    (None, r"f\circ g", r"g\circ f", False),
    (None, "f(g(h(x)))", "f(h(g(x)))", False),
    (None, r"\mathbf{u}\cdot\mathbf{v}", r"\mathbf{v}\cdot\mathbf{u}", True),
    ("matrices", "A^TB", "B^TA", False),
    ("matrices", "(AB)^T", "B^TA^T", True),
    ("matrices", "(AB)^T", "A^TB^T", False),
    ("Let a and b be real numbers", "ab", "ba", True),
    (None, "ab", "ba", True),
    (None, "P(B|A)", "P(A|B)", False),
    (None, r"\angle ABC", r"\angle CBA", True),
    (None, r"\angle ABC", r"\angle ACB", False),
    (None, r"\triangle ABC", r"\triangle BCA", True),
    (None, r"\overrightarrow{AB}", r"\overrightarrow{AB}", True),
    ("Which segment is longest?", "AC", "CA", True),
    ("matrices", "ABA^{-1}", "B", False),
    ("2x2 matrices", "2AB", "AB+AB", True),
    ("group elements", "xyx^{-1}", "y", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), ORDER)
def test_factors_that_do_not_commute_stay_in_order(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


WORDS = [
    ("Let A and B be matrices.", "ABA^{-1}A", "AB", True),
    ("Let A and B be matrices.", "A(2B)", "2AB", True),
    (None, "XY", "YX", False),
    (None, "AB-BA", "0", False),
    (None, "XY-YX", "0", False),
    ("In a non-abelian group, simplify.", "xyx^{-1}", "y", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), WORDS)
def test_products_of_capital_letters_keep_their_order(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal
