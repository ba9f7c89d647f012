"""What is counted: two words for one thing, and two things."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

COUNTED = [
    ("3个苹果", "3个橘子", False),
    ("3只兔子", "3个兔子", True),
    ("5 marbs", "5 marbles", True),
    ("12 yrs", "12 yards", False),
    ("5 ways", "5 arrangements", True),
    ("5 apples", "5 oranges", False),
    ("24 square units", "24 cubic units", False),
]


@all_cases(("gold", "prediction", "is_equal"), COUNTED)
def test_words_for_what_is_counted_agree_or_differ(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
