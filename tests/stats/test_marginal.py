"""Differences of means and dollars for a further point: exact where one part has no spread, in words without a gain."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.arrays import Floats
from harness.stats.coverage import SyntheticBenchmark, SyntheticModel, draw_run
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.marginal import NO_GAIN, cost_per_point, mean_difference
from harness.stats.means import PerSample
from harness.stats.paired import Difference, SampleScores, paired_difference
from harness.stats.resample import Resampling

QUICK = Resampling(draws=200)


def spent(amounts: Floats | list[float]) -> PerSample:
    return PerSample(totals=np.asarray(amounts), counts=np.ones(len(amounts)), has_runaways=False)


def scores(correct: int, samples: int) -> SampleScores:
    return SampleScores(correct=np.array([1.0] * correct + [0.0] * (samples - correct)), repeats=np.ones(samples))


def test_costs_without_spread_have_a_difference_without_one() -> None:
    found = mean_difference(spent([0.03] * 20), spent([0.01] * 20), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert (found.low, found.estimate, found.high) == pytest.approx((0.02, 0.02, 0.02))


def test_pairing_takes_out_what_both_models_have_in_common() -> None:
    base = np.random.default_rng(3).lognormal(0, 1, 60)
    paired = mean_difference(spent(base + 0.1), spent(base), QUICK)
    mixed = mean_difference(spent(np.roll(base, 7) + 0.1), spent(base), QUICK)
    assert isinstance(paired, ConfidenceInterval)
    assert isinstance(mixed, ConfidenceInterval)
    assert (paired.low, paired.estimate, paired.high) == pytest.approx((0.1, 0.1, 0.1))
    assert mixed.high - mixed.low > 0.5


def test_price_of_a_point_is_the_extra_cost_over_the_gain_and_its_bounds_those_of_the_gain() -> None:
    # 0.02 dollars more a job, with no spread; 30 of 40 against 10 of 40: 50 points more
    higher, lower = (spent([0.03] * 40), scores(30, 40)), (spent([0.01] * 40), scores(10, 40))
    gain = paired_difference(higher[1], lower[1])
    found = cost_per_point(higher, lower, QUICK)
    assert isinstance(gain, Difference)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(0.02 / 50)
    assert found.low == pytest.approx(0.02 / (100 * gain.interval.high))
    assert found.high == pytest.approx(0.02 / (100 * gain.interval.low))


def test_more_accurate_and_cheaper_is_a_negative_price() -> None:
    found = cost_per_point((spent([0.01] * 40), scores(30, 40)), (spent([0.03] * 40), scores(10, 40)), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(-0.02 / 50)
    assert found.low < found.estimate < found.high < 0


@pytest.mark.parametrize("correct", [20, 21, 10])
def test_no_gain_or_a_loss_has_no_price(correct: int) -> None:
    found = cost_per_point((spent([0.03] * 40), scores(correct, 40)), (spent([0.01] * 40), scores(20, 40)), QUICK)
    assert found == Undefined(reason=NO_GAIN)


def test_interval_holds_the_true_price_in_nearly_all_of_the_simulated_runs() -> None:
    benchmark = SyntheticBenchmark(samples=150, repeats=1, ease=0.5)
    models = (SyntheticModel(ease=1.5, tokens=4000.0), SyntheticModel())
    held = defined = 0
    for seed in range(20):
        higher, lower = draw_run(benchmark, models, np.random.default_rng([11, seed]))
        plan = Resampling(draws=200, seed=seed)
        found = cost_per_point((higher.spent, higher.scored), (lower.spent, lower.scored), plan)
        if isinstance(found, ConfidenceInterval):
            defined += 1
            truth = (higher.mean_usd - lower.mean_usd) / (100 * (higher.accuracy - lower.accuracy))
            held += found.low <= truth <= found.high
    assert defined >= 18
    assert held >= defined - 3  # 95% of 20 is 19; fewer than 17 has a chance below 2%
