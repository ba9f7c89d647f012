"""Bounds for a difference of two estimates from the bounds of each: the method of variance estimates recovery.

Used on the log scale for quotients, where one part is a proportion near 0 and a bootstrap of the whole undercovers.
"""

from __future__ import annotations

import math

import numpy as np

from harness.stats.arrays import Floats


def difference_bounds(
    first: tuple[float, float, float], second: tuple[float, float, float], *, correlation: float
) -> tuple[float, float]:
    """Bounds for first - second, each given as (low, estimate, high) at one common confidence.

    Source: Zou and Donner 2008, Stat. Med. 27:1693, with the correlation term of Zou 2007, Psychol. Methods
    12:399; for single proportions it is Newcombe's 1998 method 10.
    """
    (low_1, mid_1, high_1), (low_2, mid_2, high_2) = first, second
    # Not symmetric on purpose: the difference is low where the first is low and the second is high, and each has its
    # own distance there. Standard errors would give both sides the same width, wrong for a proportion near 0.
    below = _joined(mid_1 - low_1, high_2 - mid_2, correlation)
    above = _joined(high_1 - mid_1, mid_2 - low_2, correlation)
    return mid_1 - mid_2 - below, mid_1 - mid_2 + above


def correlation(left: Floats, right: Floats) -> float:
    """Pearson's correlation of two columns, shape (samples,) each; 0 where one does not vary."""
    left_spread, right_spread = float(left.std()), float(right.std())
    # Equal values may have a standard deviation of some 1e-17, because their mean is rounded.
    if min(left_spread, right_spread) < 1e-12:
        return 0.0
    product = float(np.mean((left - left.mean()) * (right - right.mean()))) / (left_spread * right_spread)
    return min(1.0, max(-1.0, product))


def _joined(one: float, other: float, correlation: float) -> float:
    # A correlation of 1 with equal distances leaves -1e-18 by rounding.
    return math.sqrt(max(0.0, one * one + other * other - 2 * correlation * one * other))
