"""Durations in words."""

from __future__ import annotations

from harness.core.durations import age_text, duration_text
from tests.cases import all_cases


@all_cases(
    ("seconds", "text"),
    [
        (-3.0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (39990, "11 h 06 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_duration_in_words(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@all_cases(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_199, "119 min"),
        (7_200, "2 h"),
        (172_799, "47 h"),
        (1_000_000, "11 d"),
    ],
)
def test_an_age_has_one_unit(seconds: float, text: str) -> None:
    assert age_text(seconds) == text
