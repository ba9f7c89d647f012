"""What is put around a value for its looks."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

LOOKS = [
    ("7", r"\underline{7}", True),
    ("7", r"\textcolor{red}{7}", True),
    ("7", r"{\large 7}", True),
    ("7", r"\overline{7}", False),
    ("7", r"7 \checkmark", True),
    ("7", r"\begin{array}{c}7\end{array}", True),
    ("7", r"\begin{array}{c}7\\8\end{array}", False),
]


@all_cases(("gold", "prediction", "is_equal"), LOOKS)
def test_looks_are_taken_away(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
