"""The front of accuracy against cost."""

from __future__ import annotations

import numpy as np

from harness.stats.intervals import Undefined
from harness.stats.means import PerSample
from harness.stats.paired import SampleScores
from harness.stats.pareto import ParetoFront, best_quadrant, pareto_front, undominated
from harness.stats.resample import Resampling
from tests.cases import all_cases

QUICK = Resampling(draws=300)


@all_cases(
    ("scores", "costs", "on_front"),
    [
        (
            [0.9, 0.8, 0.7],
            [3.0, 1.0, 2.0],
            [True, True, False],
        ),  # the third is worse than the second and costs more
        ([0.9, 0.9], [1.0, 2.0], [True, False]),  # as good and cheaper
        ([0.9, 0.8], [1.0, 1.0], [True, False]),  # better at the same cost
        ([0.9, 0.9], [1.0, 1.0], [True, True]),  # a tie leaves both
        ([0.5], [0.0], [True]),
    ],
)
def test_a_model_is_on_the_front_unless_another_dominates_it(
    scores: list[float], costs: list[float], on_front: list[bool]
) -> None:
    assert undominated(np.array(scores), np.array(costs)).tolist() == on_front


def model(accuracy: float, usd: float, seed: int, samples: int = 80) -> tuple[SampleScores, PerSample]:
    rng = np.random.default_rng(seed)
    ones = np.ones(samples)
    correct = (rng.random(samples) < accuracy).astype(np.float64)
    return SampleScores(correct=correct, repeats=ones), PerSample(
        totals=usd * rng.lognormal(0, 0.5, samples), counts=ones
    )


def test_chances_tell_a_sure_front_from_a_toss_up() -> None:
    good, cheap, hopeless = model(0.95, 5.0, 1), model(0.6, 0.1, 2), model(0.3, 9.0, 3)
    found = pareto_front([good[0], cheap[0], hopeless[0]], [good[1], cheap[1], hopeless[1]], QUICK)
    assert isinstance(found, ParetoFront)
    assert found.on_front == (True, True, False)
    assert found.chance[0] > 0.99
    assert found.chance[1] > 0.99
    assert found.chance[2] < 0.01


def test_equal_models_are_both_on_the_front() -> None:
    one, other = model(0.8, 1.0, 4), model(0.5, 4.0, 5)
    found = pareto_front([one[0], other[0], one[0]], [one[1], other[1], one[1]], QUICK)
    assert isinstance(found, ParetoFront)
    assert found.on_front == (True, False, True)


def test_models_without_a_common_sample_have_no_front() -> None:
    one = SampleScores(correct=np.array([1.0, 0.0]), repeats=np.array([1.0, 0.0]))
    other = SampleScores(correct=np.array([0.0, 1.0]), repeats=np.array([0.0, 1.0]))
    cost = PerSample(totals=np.ones(2), counts=np.ones(2))
    assert isinstance(pareto_front([one, other], [cost, cost], QUICK), Undefined)


def test_the_best_quadrant_is_at_least_as_good_and_as_cheap_as_the_medians() -> None:
    good, fair, poor = model(0.95, 0.1, 6), model(0.6, 1.0, 7), model(0.2, 9.0, 8)
    found = best_quadrant([good[0], fair[0], poor[0]], [good[1], fair[1], poor[1]], QUICK)
    assert not isinstance(found, Undefined)
    assert found[0] > 0.99
    assert found[1] > 0.99  # it is the median on both axes
    assert found[2] < 0.01
