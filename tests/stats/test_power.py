"""Sample sizes against the textbook's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import SampleScores
from harness.stats.power import (
    PairedVariance,
    assumed_paired_variance,
    min_detectable_effect,
    paired_variance_of_run,
    repeats_needed,
    samples_needed,
    samples_to_decide,
)
from tests.cases import all_cases

HALF = PairedVariance(between=0.04, within_first=0.1, within_second=0.1)


@all_cases(
    ("samples", "correlation", "points"),
    # two accuracies of 0.9: 2.80 * sqrt(0.18 * (1 - correlation) / n), with Student's quantiles a little more at 30
    [(30, 0.0, 22.4), (30, 0.5, 15.9), (225, 0.0, 7.9), (500, 0.5, 3.8), (1319, 0.0, 3.3), (1319, 0.5, 2.3)],
)
def test_the_detectable_difference_is_that_of_the_usual_table(samples: int, correlation: float, points: float) -> None:
    found = min_detectable_effect(samples, assumed_paired_variance(0.9, 0.9, correlation=correlation), repeats=1)
    assert isinstance(found, float)
    assert 100 * found == pytest.approx(points, abs=0.1)


def test_samples_needed_follow_the_formula() -> None:
    # (1.960 + 0.842)^2 * (0.04 + 0.2 / 4) / 0.03^2 = 784.9, and two more for Student's quantiles
    assert samples_needed(0.03, HALF, repeats=4) == 787
    assert samples_needed(-0.03, HALF, repeats=4) == 787
    assert samples_needed(0.0, HALF, repeats=4) == Undefined(
        reason="a difference of 0 cannot be shown by any number of samples"
    )


def test_the_smallest_number_that_suffices_is_the_one_given() -> None:
    needed = samples_needed(0.1, HALF, repeats=2)
    assert isinstance(needed, int)
    reach = [min_detectable_effect(samples, HALF, repeats=2) for samples in (needed - 1, needed)]
    assert isinstance(reach[0], float)
    assert isinstance(reach[1], float)
    assert reach[1] <= 0.1 < reach[0]


def test_repeats_cannot_make_up_for_few_samples() -> None:
    # 7.85 * 0.04 / 300 = 0.0324^2: with 300 samples nothing below 0.032 shows, however often they are drawn
    found = repeats_needed(0.03, HALF, samples=300)
    assert isinstance(found, Undefined)
    assert "no number of repeats shows less than 0.032" in found.reason
    # 0.05^2 * 300 / 7.89 = 0.0950 allowed, 0.0550 of it within: 0.2 / 0.0550 = 3.6
    assert repeats_needed(0.05, HALF, samples=300) == 4


def test_variances_of_a_run_are_split_between_and_within() -> None:
    rng = np.random.default_rng(12)
    chances = rng.beta(2, 2, 4000)
    models = [
        SampleScores(correct=rng.binomial(4, chances).astype(float), repeats=np.full(4000, 4.0)) for _ in range(2)
    ]
    found = paired_variance_of_run(models[0], models[1])
    assert isinstance(found, PairedVariance)
    # the same chances in both: nothing between; within E[p(1-p)] = 2 * 2 / (4 * 5) = 0.2
    assert found.between == pytest.approx(0.0, abs=0.01)
    assert found.within_first == pytest.approx(0.2, abs=0.01)


def test_one_repeat_cannot_tell_between_from_within() -> None:
    once = SampleScores(correct=np.array([1.0, 0]), repeats=np.ones(2))
    assert isinstance(paired_variance_of_run(once, once), Undefined)


def test_an_undecided_interval_says_how_many_samples_would_decide() -> None:
    interval = ConfidenceInterval(estimate=0.08, low=0.02, high=0.14, confidence=0.95, method="given")
    assert samples_to_decide(interval, samples=100, threshold=0.10) == 900  # 0.06 must shrink to 0.02: 3^2 times
    assert isinstance(samples_to_decide(interval, samples=100, threshold=0.08), Undefined)


def test_impossible_assumptions_are_refused() -> None:
    with pytest.raises(ValueError, match="correlation <= stable"):
        assumed_paired_variance(0.9, 0.9, correlation=0.8, stable=0.5)
    with pytest.raises(ValueError, match="repeats >= 1"):
        samples_needed(0.1, HALF, repeats=0)
