"""Functions by name: those that LaTeX has no command for, and those of which only the name is known."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

FUNCTIONS = [
    ("x", r"\operatorname{sgn}(x)|x|", True),
    ("x", r"\operatorname{sgn}(x)x", False),
    (r"|x|", r"x\,\mathrm{sgn}(x)", True),
    (r"\operatorname{sgn}(x)", r"\operatorname{sign}(x)", True),
    (r"\operatorname{sgn}(x)", "1", False),
    (r"\operatorname{sgn}(x)", "s g n x", False),
    (r"\operatorname{sgn}(-3)", "-1", True),
    (r"\operatorname{arsinh}(1)", r"\ln(1+\sqrt2)", True),
    (r"\operatorname{sech}(0)", "1", True),
    (r"\coth x", r"\frac{\cosh x}{\sinh x}", True),
    (r"\coth x", r"\tanh x", False),
    (r"\operatorname{csch} x", r"\frac{1}{\sinh x}", True),
    (r"\operatorname{cosec}(x)", r"\frac{1}{\sin x}", True),
    (r"2\operatorname{cis}\frac{\pi}{3}", r"1+\sqrt3 i", True),
    (r"2\operatorname{cis}60^\circ", r"1+\sqrt3 i", True),
    (r"2\operatorname{cis}60", r"1+\sqrt3 i", False),
    (r"2\operatorname{cis}\frac{\pi}{3}", r"1-\sqrt3 i", False),
    ("2 cis 60°", r"2e^{i\pi/3}", True),
    (r"\operatorname{cis}\theta", r"\cos\theta", False),
    (r"\operatorname{tr}(A)", r"\operatorname{rt}(A)", False),
    (r"\operatorname{tr}(A)", r"\text{tr}(A)", True),
    (r"\operatorname{rank}(A)", "r a n k A", False),
]


@all_cases(("gold", "prediction", "is_equal"), FUNCTIONS)
def test_functions_are_known_by_name(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


CHOSEN = [
    (None, "120", "C(10,3)", True),
    (None, "C(10,3)", "120", True),
    (None, "120", "C(10,4)", False),
    (None, "720", "P(10,3)", True),
    (None, "C(10,3)", "C(10,7)", False),
    (None, "C(5,2)+1", "11", True),
    (None, "120", "C(3,10)", False),
    ("Find the coordinates of C.", "(2,3)", "C(2,3)", True),
    ("Find the coordinates of the point C.", "3", "C(3,1)", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), CHOSEN)
def test_numbers_of_choices_are_worked_out_unless_a_point_is_asked_for(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal
