"""Answers of several parts with names: without the rules each pair here gets the other verdict."""

from __future__ import annotations

from harness.grading.math.comparison.named_parts import labelled
from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("(a,b)=(7,9)", "b=9, a=7", True),
        ("(a,b)=(7,9)", "(b,a)=(9,7)", True),
        ("(7,9,4)", "z=4, y=9, x=7", True),
        ("p=q=6", "p=6, q=6", True),
        ("p=q=6", "(6,6)", True),
        ("(9,7)", r"\begin{cases}x=7\\y=9\end{cases}", False),
        ("(9,7)", "y=9, x=7", False),
        ("p=q=6", "p=6", False),
        ("KL=LM=5", "KL=5", False),
        ("(1,8),(6,3)", "y=1, x=8 or y=6, x=3", False),
    ],
)
def test_parts_go_by_their_names(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("B: 31, C: 64", "C: 64, B: 31", True),
        ("K(0,3), L(3,1)", "L(0,3), K(3,1)", False),
        ("6 ducks and 11 geese", "11 geese, 6 ducks", True),
        ("6 ducks and 11 geese", "11 ducks and 6 geese", False),
    ],
)
def test_parts_go_by_their_labels(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


def test_a_text_with_one_part_without_a_label_has_no_labels() -> None:
    assert labelled("B: 31, 64") is None
    assert labelled("B: 31, B: 64") is None
    assert labelled("B: 31") is None
