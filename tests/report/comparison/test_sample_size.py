"""How large a run must be, for every pair of models."""

from __future__ import annotations

import pytest

from harness.report.comparison.sample_size import (
    ModelPair,
    TargetEffect,
    detectable_with,
    limit_for,
    repeats_for,
    sizes,
)
from harness.stats.intervals import Undefined
from harness.stats.power import PairedVariance
from tests.cases import all_cases


def pair(between: float, within: float = 0.0) -> ModelPair:
    spread = PairedVariance(between=between, within_first=within, within_second=within)
    return ModelPair(first="a", second="b", spread=spread, basis="by hand")


AIM = TargetEffect(difference=0.1, power=0.8)


def test_the_pair_that_varies_most_decides() -> None:
    # (1.960 + 0.842)^2 x 0.25 / 0.1^2 = 196.2, so 197 samples; a pair of a fifth of the variance needs a fifth
    (one,) = sizes([pair(0.25)], AIM, [1])
    (both,) = sizes([pair(0.05), pair(0.25)], AIM, [1])
    assert one.samples == both.samples
    assert isinstance(one.samples, int)
    assert one.samples == pytest.approx(197, abs=3)


def test_repeats_lessen_only_what_varies_within_samples() -> None:
    fixed, noisy = sizes([pair(0.25)], AIM, [1, 4]), sizes([pair(0.0, within=0.125)], AIM, [1, 4])
    assert fixed[0].samples == fixed[1].samples
    first, fourth = noisy[0].samples, noisy[1].samples
    assert isinstance(first, int)
    assert isinstance(fourth, int)
    assert fourth < first / 3


def test_where_no_number_of_repeats_suffices_the_reason_is_given() -> None:
    assert isinstance(repeats_for([pair(0.25)], AIM, samples=20), Undefined)
    assert repeats_for([pair(0.0, within=0.05)], AIM, samples=100) == 1


def test_more_samples_detect_smaller_differences() -> None:
    few, many = (detectable_with([pair(0.25)], AIM, samples, 1) for samples in (50, 200))
    assert isinstance(few, float)
    assert isinstance(many, float)
    assert many == pytest.approx(few / 2, rel=0.1)  # four times the samples, half the standard error


@all_cases(
    ("samples", "available", "limit"), [(10, [10, 10], 5), (11, [10, 10], 6), (15, [3, 20], 12), (31, [10, 20], None)]
)
def test_limit_per_task_makes_so_many_in_all(samples: int, available: list[int], limit: int | None) -> None:
    assert limit_for(samples, available) == limit
