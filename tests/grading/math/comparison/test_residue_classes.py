"""Residue classes and sets named in words: every equal pair here is called unequal without the rule."""

from __future__ import annotations

from harness.grading.math.comparison.residue_classes import residues, set_in_words
from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        (r"5n+2\ (n\in\mathbb{Z})", r"5n-3\ (n\in\mathbb{Z})", True),
        (r"5n+2, n\in\mathbb{Z}", r"5n+3, n\in\mathbb{Z}", False),
        (r"x\equiv 4\pmod 6", r"x=6k+4, k\in\mathbb{Z}", True),
        (r"x\equiv 4\pmod 6", r"x=4+6k \text{ for some integer } k", True),
        (r"x\equiv 4\pmod 6", r"x=12k+4, k\in\mathbb{Z}", False),
    ],
)
def test_a_residue_class_is_the_same_in_any_residue(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal


@all_cases("text", ["4k+1", r"4k+1, k \in \mathbb{N}", "n > 3k+1, k integer", r"x \equiv 2 \pmod 0"])
def test_a_formula_without_all_integers_is_no_residue_class(text: str) -> None:
    assert residues(text) is None


@all_cases(
    ("gold", "prediction"),
    [
        (r"\mathbb{R}", "every real number"),
        (r"(-\infty,0)", "all negative real numbers"),
        (r"[0,\infty)", "all non-negative real numbers"),
        (r"x\ne -4", "all real numbers other than -4"),
        (r"\mathbb{N}", r"\text{all natural numbers}"),
    ],
)
def test_a_set_named_in_words_is_the_set(gold: str, prediction: str, compare: Compare) -> None:
    assert compare(gold, prediction).equal is True


def test_words_that_name_no_set_are_left_alone() -> None:
    assert set_in_words("all real pears") is None
    assert set_in_words("three integers of a list") is None
