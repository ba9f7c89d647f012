"""Words beside a value: what denies it, where it is taken, and what it is not."""

from __future__ import annotations

import pytest

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

BESIDE = [
    ("Find x.", "7", r"7 \text{ is not possible}", False),
    ("Find x.", "7", r"\text{not } 7", False),
    ("Find x.", "7", r"\text{more than } 7", False),
    ("Find x.", "7", r"\text{fewer than } 7", False),
    ("Find x.", "7", r"7\text{ or more}", False),
    ("Find x.", "7", r"\text{about } 7", True),
    ("Find x.", "7", r"\text{exactly } 7", True),
    ("Find x.", "7", r"7 \text{ (extraneous)}", False),
    ("Find x.", "7", r"\text{no solution except } 7", False),
    ("Find x.", "7", r"7\text{ is excluded}", False),
    ("Find x.", "7", r"\text{undefined at } 7", False),
    ("Find x.", "7", r"7\text{ fails}", False),
    ("Find x.", "7", r"x\ne 7", False),
    ("Find x.", "7", r"7\ldots", False),
    ("Find x.", "7", "7?", False),
    ("Find x.", "7", r"\text{between 6 and } 7", False),
    ("Find x.", "7", "7^{*}", False),
    ("Find x.", "7", r"\text{multiples of } 7", False),
    ("Find x.", "7", "7k", False),
    ("Find x.", "7", r"\sim 7", True),
    ("Find x.", "7", r"\pm 7", False),
    ("Find x.", "7", "-7", False),
    ("Find x.", "7", r"\overline{7}", False),
    ("Find x.", "7", "0.7", False),
    ("Find x.", "7", r"7\%", False),
    ("Find x.", "7", r"7 \text{ hundred}", False),
    ("Find x.", "7", r"\text{half of } 7", False),
    ("Find x.", "7", r"\text{twice } 7", False),
    ("Find x.", "7", r"\text{double } 7", False),
    ("Find x.", "7", r"\text{square root of } 7", False),
    ("Find x.", "7", r"7\text{ squared}", False),
    ("Find x.", "7", r"\text{negative } 7", False),
    ("Find x.", "-7", r"\text{negative } 7", True),
    ("Find x.", "-7", r"\text{minus seven}", True),
    ("Find x.", "7", r"7\text{ is correct}", True),
    ("Find x.", "7", r"\text{It is } 7", True),
    ("Find x.", "7", r"\text{Solution: } 7", True),
    ("Find x.", "7", r"\text{impossible}", False),
    ("Find x.", "7", r"7 \text{ if } k>0", False),
    ("Find x.", "7", "7, k>0", False),
    ("Find x.", "7", r"7 \text{ only when } n=1, \text{ otherwise } 8", False),
    ("Find x.", "7", r"\text{unknown, maybe } 7", False),
    ("Find x.", "7", r"\text{cannot be } 7", False),
    ("Find x.", "7", r"\text{can't be } 7", False),
    ("Find x.", "7", r"\text{isn't } 7", False),
    ("Find x.", "7", r"\text{never } 7", False),
    ("Find x.", "7", r"7\text{ 不成立}", False),
    ("Find x.", "7", r"\text{至少 }7", False),
    ("Find x.", "7", r"\text{至多}7", False),
    ("Find x.", "7", r"\text{不是}7", False),
    ("Find x.", "7", r"\text{约}7", True),
    ("Find x.", "7", r"7\text{以上}", False),
    ("Find x.", "7", r"\text{除了}7", False),
    ("Find x.", "7", r"\text{大于}7", False),
    ("Find x.", "7", r"\text{小于}7", False),
    ("Find x.", "7", r"x=7\text{ is rejected}", False),
    ("Find x.", "7", r"7 \text{ doesn't satisfy}", False),
    ("Find x.", "7", r"\text{the 7th}", False),
    ("Find x.", "7", r"7\text{th}", True),
    ("Find the maximum value of f.", "3", r"3 \text{ at } x=2", True),
    ("Find the maximum value of f.", "2", r"3 \text{ at } x=2", False),
    ("Find the x that gives the maximum.", "2", "f(2)=3", False),
    ("Find the maximum.", "3", "f(2)=3", True),
    ("Find the maximum.", "2", "f(2)=3", False),
    ("Find the maximum.", "3", r"\text{max}=3\text{ when }x=2", True),
    ("Find the maximum.", "3", r"3\ (x=2)", True),
    ("Find the maximum.", "2", r"3\ (x=2)", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), BESIDE)
def test_words_beside_a_value_count(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


HEDGES = [
    ("3", r"3 \text{ and } 4", False),
    ("3", r"3\text{ or }4", False),
    ("3", "3, 4", False),
    ("3", "3; 4", False),
    ("3", "3/4", False),
    ("3", r"\{3,4\}", False),
    ("3, 4", "3", False),
    ("3", r"2 \text{ or } 3", False),
    ("12", r"12 \text{ instead of } 13", True),
    ("13", r"12 \text{ instead of } 13", False),
    ("13", r"12 \text{ rather than } 13", False),
    ("12", r"12\text{, not }13", True),
    ("13", r"12\text{, not }13", False),
    ("12", "12=12", True),
    ("5", "2+3=5", True),
    ("5", "5=2+2", False),
    ("5", "5=2+3", True),
    ("5", r"x=5 \text{ or } x=6", False),
    ("5", r"5\pm0", True),
    ("5", "5+0.1", False),
    ("5", "[5,6]", False),
    ("5", "5-6", False),
    ("5", "(4,5]", False),
    ("5", r"5\to 6", False),
    ("7", r"7\text{ (or }8)", False),
    ("7", r"7\ (8)", False),
    ("7", r"6 < x \le 7", False),
    ("7", r"x\ge 7", False),
]


@all_cases(("gold", "prediction", "is_equal"), HEDGES)
def test_several_candidates_are_no_answer(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


PLACES = [
    ("3 at x = 2", "3 at x=2", True),
    ("3 at x = 2", "3 at x = 5", False),
]


@pytest.mark.parametrize(("gold", "prediction", "is_equal"), PLACES)
def test_values_at_two_places_differ(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
