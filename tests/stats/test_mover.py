"""Bounds of a difference from the bounds of its parts, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.stats.mover import correlation, difference_bounds


def test_bounds_of_independent_parts_add_as_squares() -> None:
    # parts 5 [4, 7] and 2 [1, 3]: below sqrt(1^2 + 1^2), above sqrt(2^2 + 1^2)
    low, high = difference_bounds((4, 5, 7), (1, 2, 3), correlation=0.0)
    assert (low, high) == pytest.approx((3 - math.sqrt(2), 3 + math.sqrt(5)))


def test_parts_that_move_together_leave_no_width() -> None:
    assert difference_bounds((4, 5, 6), (1, 2, 3), correlation=1.0) == pytest.approx((3, 3))


def test_correlation_is_pearsons_and_0_where_a_column_does_not_vary() -> None:
    rising = np.array([1.0, 2.0, 3.0])
    assert correlation(rising, 2 * rising + 1) == pytest.approx(1)
    assert correlation(rising, -rising) == pytest.approx(-1)
    assert correlation(rising, np.ones(3)) == 0.0
