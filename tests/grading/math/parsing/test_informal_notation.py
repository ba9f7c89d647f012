"""Notations that mean what they mean only beside the target, or in words."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

FLOORS = [
    (r"\lfloor \frac{m+3}{4} \rfloor", "[(m+3)/4]", True),
    (r"\lfloor \sqrt{m} \rfloor + 2", r"\left[\sqrt{m}\right]+2", True),
    (r"\lfloor \frac{m+3}{4} \rfloor", "[m/4]", False),
    (r"\lfloor \frac{m+3}{4} \rfloor", "(m+3)/4", False),
    (r"\lceil \frac{m}{4} \rceil", "[m/4]", False),
    (r"\frac{m+3}{4}", "[(m+3)/4]", True),
    (r"\lfloor m \rfloor", "[m, m+1]", False),
]


@all_cases(("gold", "prediction", "is_equal"), FLOORS)
def test_square_brackets_are_a_floor_where_the_target_has_one(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, None).equal is is_equal


PARITY = r"\begin{cases} m & m \text{ is odd} \\ m^2 & m \text{ is even} \end{cases}"
IN_WORDS = [
    (PARITY, "m if m is odd, m^2 otherwise", True),
    (PARITY, "m if m is odd, and m^2 if m is even", True),
    (PARITY, "m^2 when m is even; m otherwise", True),
    (PARITY, "m if m is even, m^2 otherwise", False),
    (PARITY, "m if m is odd", False),
    ("m", "m if m is odd, m^2 otherwise", False),
    ("|x-2|", "x-2 if x >= 2, 2-x otherwise", True),
    ("|x-2|", "x-2 if x >= 3, 2-x otherwise", False),
]


@all_cases(("gold", "prediction", "is_equal"), IN_WORDS)
def test_cases_may_be_told_in_a_sentence(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction, None).equal is is_equal
