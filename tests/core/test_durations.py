"""Durations in words."""

from __future__ import annotations

import pytest

from harness.core.durations import duration_text


@pytest.mark.parametrize(
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
