"""The second parser: sums, integrals, products and limits, which the first one does not read."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        (r"\sum_{k=0}^{m} 2k", r"\sum_{j=0}^{m} 2j", True),
        (r"\int_0^2 3x^2\,dx", "8", True),
        (r"\int_0^2 3x^2\,dx", "9", False),
        (r"\prod_{k=1}^{4}\sin\frac{k\pi}{5}", r"\frac{5}{16}", True),
        (r"\lim_{x\to 0}\frac{\sin 3x}{x}", "3", True),
    ],
)
def test_sums_integrals_products_and_limits_have_values(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        (r"\int_0^1 f(x)dx", r"\int_1^0 f(x)dx", False),
        (r"\int_0^1 f(x)dx", r"\int_0^2 f(x)dx", False),
        (r"\int_0^1 f(x)g(x)dx", r"\int_0^1 g(x)f(x)dx", True),
        (r"\int_0^1 f(x)dx", r"\int_0^1 x^2+2x+1\,dx", None),  # equal for one f shows nothing about the others
    ],
)
def test_an_example_of_an_unknown_function_shows_formulas_different_and_never_equal(
    gold: str, prediction: str, is_equal: bool | None, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
