"""Confidence sequences: what may be relied on at every step."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.anytime import DifferenceConfidenceSequence, MeanConfidenceSequence
from harness.stats.intervals import ConfidenceInterval, Undefined, wilson

DRAWS = (np.random.default_rng(14).random(400) < 0.8).astype(np.float64)


def test_bounds_never_widen() -> None:
    bounds = MeanConfidenceSequence().extend(DRAWS)
    assert (np.diff(bounds[:, 0]) >= 0).all()
    assert (np.diff(bounds[:, 1]) <= 0).all()
    assert (bounds[:, 0] <= bounds[:, 1]).all()


def test_values_taken_in_pieces_give_the_same_bounds() -> None:
    whole, pieces = MeanConfidenceSequence(), MeanConfidenceSequence()
    at_once = whole.extend(DRAWS)
    in_pieces = np.concatenate([pieces.extend(part) for part in np.split(DRAWS, [1, 60, 61, 200])])
    # candidates are dropped after each piece, so bounds agree exactly only where the pieces are not cut oddly
    assert np.abs(at_once - in_pieces).max() <= 0.001 + 1e-12
    assert whole.count == pieces.count == 400


def test_the_price_of_looking_is_paid_in_width_and_stays_below_twice() -> None:
    sequence = MeanConfidenceSequence()
    sequence.extend(DRAWS)
    found = sequence.interval()
    assert isinstance(found, ConfidenceInterval)
    low, high = wilson(float(DRAWS.sum()), 400)
    assert high - low < found.width < 2 * (high - low)


def test_constant_values_are_bounded_and_never_a_point() -> None:
    sequence = MeanConfidenceSequence()
    sequence.extend(np.ones(200))
    found = sequence.interval()
    assert isinstance(found, ConfidenceInterval)
    assert found.high == 1.0
    assert 0.9 < found.low < 1.0


def test_a_clear_lead_is_seen_and_has_the_right_sign() -> None:
    rng = np.random.default_rng(15)
    sequence = DifferenceConfidenceSequence()
    sequence.extend((rng.random(300) < 0.9).astype(float), (rng.random(300) < 0.5).astype(float))
    found = sequence.interval()
    assert isinstance(found, ConfidenceInterval)
    assert 0 < found.low < 0.4 < found.high


def test_nothing_seen_is_undefined_and_values_outside_0_to_1_are_refused() -> None:
    assert MeanConfidenceSequence().interval() == Undefined(reason="no value yet")
    with pytest.raises(ValueError, match=r"values in 0\.\.1"):
        MeanConfidenceSequence().extend(np.array([0.5, 1.5]))
