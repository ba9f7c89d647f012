"""Draws of the documented generator."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.tasks.templates.base import RandomDraws


def test_draws_are_those_of_the_documented_generator() -> None:
    # Mersenne Twister seeded with 1: getrandbits(4) gives 2, 9, 1, 4, ... in every Python since 3.2
    draw = RandomDraws(1)
    assert [draw.between(0, 9) for _ in range(6)] == [2, 9, 1, 4, 1, 7]


@given(st.integers(0, 10**9), st.integers(-50, 50), st.integers(0, 60))
def test_draws_stay_in_range(seed: int, low: int, width: int) -> None:
    draw = RandomDraws(seed)
    assert low <= draw.between(low, low + width) <= low + width
    assert 0 < abs(draw.nonzero(width + 1)) <= width + 1
    assert len(set(draw.distinct(3, low, low + width + 2))) == 3
