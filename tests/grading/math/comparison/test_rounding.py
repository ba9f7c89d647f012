"""When a decimal counts as equal to what it rounds."""

from __future__ import annotations

import pytest

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

ROUNDED = [
    (None, "2.5", "2.54", False),
    (None, "2.5", "2.50", True),
    (None, "2.50", "2.5", True),
    (None, "12.5", "12.54", False),
    (None, "12.5", "12.5000", True),
    ("Round to the nearest tenth.", "2.5", "2.54", True),
    ("Round to the nearest tenth.", "2.5", "2.56", False),
    ("Give to two decimal places.", "3.14", r"\pi", True),
    (None, "3.14", r"\pi", False),
    (None, "1.41", r"\sqrt2", False),
    ("Find the length to the nearest hundredth.", "1.41", r"\sqrt2", True),
    (None, "3.142", r"\pi", True),
    (None, "12.55", r"\frac{640}{51}", True),
    (None, r"\pi", "3.14", True),
    (None, r"\pi", "3.1", False),
    (None, r"\pi", "3.15", False),
    (None, r"\frac{22}{7}", "3.14", True),
    (None, r"\frac{22}{7}", r"\pi", False),
    (None, "0.3", r"\frac13", False),
    (None, "7", "7.0001", False),
    (None, "7", "6.999", False),
    (None, "7", "6.9999999", False),
    (None, "1000", "1000.4", False),
    (None, r"\sqrt2", "1.41", True),
    (None, r"\sqrt2", "1.42", False),
    (None, r"\sqrt2", "1.4", False),
    (None, r"\frac18", "0.13", False),
    (None, r"\frac18", "0.125", True),
    (None, r"\frac{1}{7}", "0.142857", True),
    (None, r"\frac{1}{7}", "0.142858", False),
    (None, "5.196", r"3\sqrt3", True),
    (None, "5.197", r"3\sqrt3", False),
    (None, r"0.\overline{3}", r"\frac13", True),
    (None, r"0.\overline{3}", "0.3", False),
    (None, r"0.\overline{3}", "0.333", True),
    (None, r"0.9\overline{9}", "1", True),
    (None, r"0.1\overline{6}", r"\frac16", True),
    (None, "99.9", "100", False),
    (None, "100.5", "100.5000", True),
]


@all_cases(("question", "gold", "prediction", "is_equal"), ROUNDED)
def test_only_a_rounded_target_is_rounded_to(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


SHORT = [
    ("12.35", "12.3", False),
    ("12.35", "12.4", False),
    ("2.6535", "2.654", True),
]


@pytest.mark.parametrize(("gold", "prediction", "is_equal"), SHORT)
def test_a_short_decimal_target_is_exact(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
