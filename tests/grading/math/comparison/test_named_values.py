"""Names in front of values."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

NAMES = [
    (r"\frac{S_1}{S_2}=3", "3", True),
    (r"\frac{v_1}{v_2}=3", "3", True),
    ("AB=CD", "CD", False),
    ("AB=2x", "2x", False),
    ("12", "A=bh=12", True),
    ("f(2)=3", "f(3)=3", False),
]


@all_cases(("gold", "prediction", "is_equal"), NAMES)
def test_the_name_of_a_quantity_is_no_part_of_its_value(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
