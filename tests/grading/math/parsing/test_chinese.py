"""Numbers in words, Chinese and English."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

NUMBERS = [
    ("13", "十三", True),
    ("13", "三十", False),
    ("21", "二十一", True),
    ("305", "三百零五", True),
    ("10000", "一万", True),
    ("12000", "一万二千", True),
    ("1/3", "三分之一", True),
    ("2/3", "三分之二", True),
    ("1/3", "三", False),
    ("2", "两", True),
    ("0", "零", True),
    ("-5", "负五", True),
    ("25%", "百分之二十五", True),
    ("0.25", "百分之二十五", True),
    ("3.5", "三点五", True),
    ("15", "十五个", True),
    ("2:3", "二比三", True),
    ("1.5", "一个半", False),
    ("8", "8的倍数", False),
    ("8", "8的平方", False),
    ("8", "8分之一", False),
    ("8", "8之一", False),
    ("8", "8次方", False),
    ("15", "fifteen", True),
    ("21", "twenty-one", True),
    ("21", "twenty one", True),
    ("120", "one hundred twenty", True),
    ("1/2", "one half", True),
    ("2/3", "two-thirds", True),
    ("3/4", "three fourths", True),
    ("16", "sixty", False),
    ("60", "sixteen", False),
    ("5", "fifth", False),
    ("1000", "one thousand", True),
    ("2", "a couple", False),
]


@all_cases(("gold", "prediction", "is_equal"), NUMBERS)
def test_number_words_are_numbers(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
