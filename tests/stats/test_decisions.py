"""What is decided from the statistics errs as seldom as it says: the best model, power, early stop."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.anytime import DifferenceConfidenceSequence, MeanConfidenceSequence
from harness.stats.coverage import SyntheticBenchmark, SyntheticModel, draw_run
from harness.stats.intervals import wilson
from harness.stats.paired import Difference, OverallBest, overall_best, paired_difference
from harness.stats.power import PairedVariance, paired_variance_of_run, samples_needed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("benchmark", "models"),
    [
        (SyntheticBenchmark(samples=30, repeats=1, ease=2.0), 2),
        (SyntheticBenchmark(samples=60, repeats=4, ease=0.5), 2),
        (SyntheticBenchmark(samples=60, repeats=2, ease=1.0), 5),
        (SyntheticBenchmark(samples=164, repeats=1, ease=2.0, unequal=2.5), 4),
        (SyntheticBenchmark(samples=30, repeats=8, ease=-1.0), 6),
    ],
)
def test_a_best_model_is_named_in_at_most_5_percent_of_runs_of_equal_models(
    benchmark: SyntheticBenchmark, models: int
) -> None:
    rng = np.random.default_rng(7)
    runs = 1500
    named = sum(
        isinstance(
            overall_best([drawn.scored for drawn in draw_run(benchmark, (SyntheticModel(),) * models, rng)]),
            OverallBest,
        )
        for _ in range(runs)
    )
    assert named / runs <= 0.05


@pytest.mark.parametrize(("repeats", "lead", "unequal"), [(1, 0.9, 1.5), (1, 0.5, 1.0), (4, 0.5, 2.0), (8, 0.35, 1.5)])
def test_a_run_as_large_as_planned_shows_the_difference_in_80_percent_of_cases(
    repeats: int, lead: float, unequal: float
) -> None:
    rng = np.random.default_rng(11)
    models = (SyntheticModel(ease=lead), SyntheticModel())
    pilot_world = SyntheticBenchmark(samples=20_000, repeats=8, ease=0.5, unequal=unequal, jitter=0.0)
    pilot = draw_run(pilot_world, models, rng)
    spread = paired_variance_of_run(pilot[0].scored, pilot[1].scored)
    assert isinstance(spread, PairedVariance)
    samples = samples_needed(pilot[0].accuracy - pilot[1].accuracy, spread, repeats=repeats)
    assert isinstance(samples, int)
    benchmark = SyntheticBenchmark(samples=samples, repeats=repeats, ease=0.5, unequal=unequal, jitter=0.0)
    runs, shown = 2000, 0
    for _ in range(runs):
        one, other = draw_run(benchmark, models, rng)
        found = paired_difference(one.scored, other.scored)
        assert isinstance(found, Difference)
        shown += found.interval.low > 0
    assert 0.77 <= shown / runs <= 0.83


def _scores(accuracy: float, repeats: int, samples: int, rng: np.random.Generator) -> np.ndarray:
    chances = rng.beta(2 * accuracy, 2 * (1 - accuracy), samples)
    return np.asarray(rng.binomial(repeats, chances) / repeats)


@pytest.mark.parametrize(
    ("accuracy", "repeats", "width"), [(0.9, 1, 0.1), (0.5, 1, 0.12), (0.98, 1, 0.06), (0.05, 4, 0.08), (0.7, 8, 0.1)]
)
def test_stopping_once_narrow_enough_keeps_coverage(accuracy: float, repeats: int, width: float) -> None:
    rng = np.random.default_rng(13)
    held = stopped = 0
    runs = 300
    for _ in range(runs):
        bounds = MeanConfidenceSequence().extend(_scores(accuracy, repeats, 1500, rng))
        narrow = np.flatnonzero(bounds[:, 1] - bounds[:, 0] <= width)
        at = int(narrow[0]) if len(narrow) else len(bounds) - 1
        stopped += len(narrow) > 0
        held += bool(bounds[at, 0] <= accuracy <= bounds[at, 1])
    assert held / runs >= 0.95
    assert stopped / runs > 0.9  # and it does stop


def test_looking_at_every_step_spoils_an_interval_of_fixed_size_but_not_the_sequence() -> None:
    rng = np.random.default_rng(17)
    runs, length, accuracy = 200, 400, 0.8
    always_wilson = always_betting = 0
    for _ in range(runs):
        draws = (rng.random(length) < accuracy).astype(np.float64)
        bounds = MeanConfidenceSequence().extend(draws)
        always_betting += bool(((bounds[:, 0] <= accuracy) & (accuracy <= bounds[:, 1])).all())
        sums = np.cumsum(draws)
        looks = [wilson(float(sums[n - 1]), n) for n in range(10, length + 1)]
        always_wilson += all(low <= accuracy <= high for low, high in looks)
    assert always_betting / runs >= 0.95
    assert always_wilson / runs < 0.85


def test_two_equal_models_are_separated_at_some_step_in_at_most_5_percent_of_runs() -> None:
    rng = np.random.default_rng(19)
    runs, apart = 300, 0
    for _ in range(runs):
        chances = rng.beta(2, 1, 1000)
        bounds = DifferenceConfidenceSequence().extend(rng.binomial(2, chances) / 2, rng.binomial(2, chances) / 2)
        apart += bool(((bounds[:, 0] > 0) | (bounds[:, 1] < 0)).any())
    assert apart / runs <= 0.05
