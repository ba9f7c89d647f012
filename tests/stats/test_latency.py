"""Bounds of quantiles from the order of the values."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.arrays import AtMostOne
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.latency import median_ratio, quantile_interval


def alone(values: list[float]) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


def test_the_median_of_six_is_bounded_between_the_first_and_second_value() -> None:
    found = quantile_interval(alone([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]), 0.5)
    assert isinstance(found, ConfidenceInterval)
    # chance that the k-th of 6 lies above the median: 1/64, 7/64; 0.025 is a tenth of the way
    # rank 1 + 1 / (1 + 1 * 0.5 * 0.9 / (5 * 0.5 * 0.1)) = 1 + 1 / 2.8
    assert (found.low, found.estimate, found.high) == pytest.approx((1.35714, 3.5, 5.64286), abs=1e-4)


@pytest.mark.parametrize(
    ("samples", "share", "reason"),
    [
        (5, 0.5, "5 samples measured; bounds of the 50% quantile need 6 or more"),
        (71, 0.95, "71 samples measured; bounds of the 95% quantile need 72 or more"),
        (0, 0.5, "nothing was measured"),
    ],
)
def test_too_few_samples_for_a_tail_are_said_to_be_so(samples: int, share: float, reason: str) -> None:
    assert quantile_interval(alone([float(value) for value in range(samples)]), share) == Undefined(reason=reason)


def test_72_samples_suffice_for_the_95_percent_quantile() -> None:
    assert isinstance(quantile_interval(alone([float(value) for value in range(72)]), 0.95), ConfidenceInterval)


def test_repeats_that_are_alike_add_next_to_nothing() -> None:
    values = np.random.default_rng(16).lognormal(0, 0.7, 40)
    once = quantile_interval([np.array([value]) for value in values], 0.5)
    often = quantile_interval([np.full(6, value) for value in values], 0.5)
    assert isinstance(once, ConfidenceInterval)
    assert isinstance(often, ConfidenceInterval)
    assert often.width == pytest.approx(once.width, rel=0.25)
    assert often.method.endswith("clustered by sample")


def test_the_ratio_of_medians_of_a_model_twice_as_slow_is_two() -> None:
    values = np.random.default_rng(17).lognormal(0, 0.7, 40)
    found = median_ratio([np.array([2 * value]) for value in values], [np.array([value]) for value in values])
    assert isinstance(found, ConfidenceInterval)
    assert (found.low, found.estimate, found.high) == pytest.approx((2.0, 2.0, 2.0), rel=0.35)
    assert found.estimate == pytest.approx(2.0)


def test_a_median_of_zero_has_no_ratio() -> None:
    zeros = alone([0.0] * 10)
    assert isinstance(median_ratio(zeros, alone([1.0] * 10)), Undefined)


def test_values_under_a_mask_are_the_groups_that_they_stand_for() -> None:
    rng = np.random.default_rng(5)
    first, second = (AtMostOne(rng.exponential(size=90), rng.random(90) < 0.9) for _ in range(2))
    groups = list(first), list(second)
    assert [len(group) for group in groups[0]] == first.known.astype(int).tolist()
    assert quantile_interval(first, 0.5) == quantile_interval(groups[0], 0.5)
    ratio = median_ratio(first, second)
    assert isinstance(ratio, ConfidenceInterval)
    assert ratio == median_ratio(*groups)
