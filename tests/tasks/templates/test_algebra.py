"""Polynomials as people write them."""

from __future__ import annotations

from harness.tasks.templates.base import polynomial
from tests.cases import all_cases


@all_cases(
    ("coefficients", "text"),
    [
        ([2, 0, -1, 5], "2x^3 - x + 5"),
        ([-1, 0], "-x"),
        ([1, -1], "x - 1"),
        ([0, 0], "0"),
        ([0, -3], "-3"),
    ],
)
def test_polynomials_are_written_as_people_do(coefficients: list[int], text: str) -> None:
    assert polynomial(coefficients) == text
