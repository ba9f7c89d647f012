"""What counts as the expected answer."""

from __future__ import annotations

import math

from harness.grading.code.equality import matches, same_output
from tests.cases import all_cases


@all_cases(
    ("answer", "expected", "tolerance", "is_match"),
    [
        (1, 1, None, True),
        (True, 1, None, False),
        (1, True, None, False),
        (2, 2.0, None, True),  # an int stands for a float of the same value
        (2.0, 2, None, False),
        (True, 1.0, None, False),
        (0.1 + 0.2, 0.3, None, False),  # 0.30000000000000004
        (0.1 + 0.2, 0.3, 1e-9, True),
        (1000.4, 1000.0, 1e-3, True),  # 0.4 <= 1e-3 * 1000
        (1001.5, 1000.0, 1e-3, False),
        (math.nan, math.nan, None, True),
        (math.nan, 1.0, 1e9, False),
        (math.inf, 1.0, 1e9, False),
        (10**400, 1.0, 1e-9, False),
        ([1, 2], (1, 2), None, False),
        ([1, 2], [2, 1], None, False),
        ([1, 2], [1, 2, 3], None, False),
        ([0.1 + 0.2], [0.3], 1e-9, True),
        ({1, 2}, {2, 1}, None, True),
        ({1, 2}, frozenset({1, 2}), None, False),
        ({True}, {1}, None, False),
        ({0.1 + 0.2, 1.0}, {0.3, 1.0}, 1e-9, True),
        ({0.5, 1.0}, {0.3, 1.0}, 1e-9, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, None, True),
        ({1: "x"}, {True: "x"}, None, False),
        ({"a": [1]}, {"a": (1,)}, None, False),
        ("1", 1, None, False),
        (b"a", "a", None, False),
        (None, False, None, False),
        (1 + 2j, 1 + 2j, None, True),
    ],
)
def test_matches(answer: object, expected: object, tolerance: float | None, is_match: bool) -> None:
    assert matches(answer, expected, tolerance) is is_match


@all_cases(
    ("answer", "expected", "is_same"),
    [
        ("9\n", "9", True),
        ("1  2 \n3\n\n\n", "1 2\n3\n", True),
        ("1 2 3", "1\n2\n3", False),
        ("", "\n", True),
        ("9.0", "9", False),
    ],
)
def test_printed_text_is_compared_by_words_and_lines(answer: str, expected: str, is_same: bool) -> None:
    assert same_output(answer, expected) is is_same
