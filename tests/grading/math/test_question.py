"""What a question says about its answers: order, percent, rounding, decimals with a comma."""

from __future__ import annotations

import pytest

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

ORDERED = [
    ("What are the values of x and y, respectively?", "3, 5", "5, 3", False),
    ("Find x and y.", "3, 5", "5, 3", False),
    ("Find all solutions.", "3, 5", "5, 3", True),
    ("Who comes first, second and third?", "Al, Bo, Cy", "Bo, Al, Cy", False),
    ("Find the ordered pair (x,y).", "(3,5)", "(5,3)", False),
    ("Arrange the numbers in increasing order.", "1, 2, 3", "3, 2, 1", False),
    ("Arrange a, b, c from smallest to largest.", "a<b<c", "c>b>a", True),
    ("Arrange from smallest to largest.", "a, b, c", "c, b, a", False),
    ("How many apples and how many pears?", "3, 4", "4, 3", False),
    ("What are the roots of the polynomial?", "3, 4", "4, 3", True),
    ("分别求a和b的值。", "3, 4", "4, 3", False),
    ("求方程的解。", "3, 4", "4, 3", True),
    ("按从小到大的顺序排列。", "1, 2, 3", "3, 2, 1", False),
    ("List the first three terms of the sequence.", "1, 4, 9", "9, 4, 1", False),
    ("Find the mean and the median.", "3, 4", "4, 3", False),
    ("Find the smallest and the largest value.", "1, 5", "5, 1", True),
    ("Find the length and width.", "8, 3", "3, 8", False),
    ("In what order do they finish?", "CAB", "ABC", False),
    ("In what order do they finish?", "CAB", "C, A, B", True),
    ("In what order do they finish?", "CAB", "BAC", False),
    (None, "ABCD", "DCBA", False),
    (None, "ABD", "A, B, D", True),
    (None, "ABD", "ADB", False),
    ("Which are true? (A)..(B)..(C)..(D)..", "ABD", "ADB", True),
    (None, "BCA", "cab", False),
    (None, "A>B>C", "C<B<A", True),
    (None, "A>B>C", "C>B>A", False),
    (None, "a<b<c", "a<c<b", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), ORDERED)
def test_a_list_has_an_order_where_the_question_asks_for_one(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


COMMAS = [
    ("Find all roots.", "1,5", "1, 5", True),
    ("Find all roots.", "1,5", "1.5", False),
    ("Wie gross ist die Fläche? Die Seite ist 0,5 m lang.", "1,5", "1.5", True),
    ("Find it.", "1,234", "1234", True),
    ("Find all.", "1,234", "1.234", False),
    ("Find it.", "12,345,678", "12345678", True),
    (None, "1.5", "1,5", False),
    (None, "1,000.5", "1000.5", True),
    (None, "1.000,5", "1000.5", False),
    ("Find all integers.", "0,5", "0.5", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), COMMAS)
def test_a_comma_parts_unless_decimals_are_written_with_it(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


ASKED = [
    ("What is m + n?", "13", "m + n = 13", True),
    ("What is m + n?", "13", "m - n = 13", False),
    (None, "13", "m + n = 13", False),
]


@pytest.mark.parametrize(("question", "gold", "prediction", "is_equal"), ASKED)
def test_the_quantity_asked_for_is_a_name(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal
