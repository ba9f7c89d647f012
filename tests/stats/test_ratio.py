"""Ratios of two models: exact where one is a multiple of the other, paired where it counts, stated where impossible."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.means import PerSample
from harness.stats.paired import SampleScores
from harness.stats.ratio import accuracy_ratio, break_even_verbosity, mean_ratio, per_correct_ratio
from harness.stats.resample import Resampling

QUICK = Resampling(draws=200)
LENGTHS = np.random.default_rng(8).lognormal(7, 0.8, 40)


def of(totals: np.ndarray, repeats: int = 1) -> PerSample:
    return PerSample(totals=totals, counts=np.full(len(totals), float(repeats)), has_runaways=False)


def test_a_model_that_always_costs_8_percent_has_a_ratio_without_spread() -> None:
    found = mean_ratio(of(0.08 * LENGTHS), of(LENGTHS), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert (found.low, found.estimate, found.high) == pytest.approx((0.08, 0.08, 0.08))


def test_pairing_makes_the_ratio_of_alike_models_sharper() -> None:
    noise = np.random.default_rng(9).lognormal(0, 0.1, 40)
    paired = mean_ratio(of(LENGTHS * noise), of(LENGTHS), QUICK)
    shuffled = mean_ratio(of(LENGTHS * noise), of(LENGTHS[::-1].copy()), QUICK)
    assert isinstance(paired, ConfidenceInterval)
    assert isinstance(shuffled, ConfidenceInterval)
    assert shuffled.width > 4 * paired.width


def test_exchanging_the_models_inverts_the_ratio_of_means() -> None:
    other = np.random.default_rng(10).lognormal(7, 0.8, 40)
    many = Resampling(draws=4000)
    found, back = mean_ratio(of(LENGTHS), of(other), many), mean_ratio(of(other), of(LENGTHS), many)
    assert isinstance(found, ConfidenceInterval)
    assert isinstance(back, ConfidenceInterval)
    assert found.estimate * back.estimate == pytest.approx(1.0)
    assert found.low * back.high == pytest.approx(1.0, rel=0.05)  # the same but for the draws


def test_only_samples_both_models_have_are_compared() -> None:
    first = PerSample(totals=np.array([2.0, 4.0, 900.0]), counts=np.array([1.0, 1.0, 1.0]), has_runaways=False)
    second = PerSample(totals=np.array([1.0, 2.0, 0.0]), counts=np.array([1.0, 1.0, 0.0]), has_runaways=False)
    found = mean_ratio(first, second, QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(2.0)


def test_8_percent_of_the_price_a_token_breaks_even_at_twelve_and_a_half_times_the_tokens() -> None:
    tokens = np.array([100.0, 300.0, 200.0])
    found = break_even_verbosity(of(2 * tokens * 0.08), of(2 * tokens), of(tokens), of(tokens), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert (found.low, found.estimate, found.high) == pytest.approx((12.5, 12.5, 12.5))


def test_cost_per_correct_ratio_is_the_ratio_of_sums() -> None:
    first = (of(np.full(20, 1.0)), np.array([1.0, 0] * 10))  # 20 dollars, 10 correct
    second = (of(np.full(20, 3.0)), np.array([1.0, 1, 1, 0] * 5))  # 60 dollars, 15 correct
    found = per_correct_ratio(first, second, QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(0.5)
    assert found.low < 0.5 < found.high


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ((1.0, [0, 0]), (1.0, [1, 1]), "first model: no correct answer: the quantity per correct answer is undefined"),
        ((1.0, [1, 1]), (0.0, [1, 1]), "second model: every value is 0, so no ratio exists"),
    ],
)
def test_a_ratio_that_does_not_exist_says_which_model_is_why(
    first: tuple[float, list[float]], second: tuple[float, list[float]], reason: str
) -> None:
    sides = [(of(np.full(2, usd)), np.array(correct, dtype=np.float64)) for usd, correct in (first, second)]
    assert per_correct_ratio(sides[0], sides[1], QUICK) == Undefined(reason=reason)


def test_a_ratio_to_a_free_model_or_of_one_sample_does_not_exist() -> None:
    free = mean_ratio(of(LENGTHS), of(np.zeros(40)), QUICK)
    assert free == Undefined(reason="every value of one model is 0, so no ratio exists")
    assert isinstance(mean_ratio(of(LENGTHS[:1]), of(LENGTHS[:1]), QUICK), Undefined)


def test_the_ratio_of_accuracies_of_a_model_to_itself_is_one() -> None:
    model = SampleScores(correct=np.array([1.0, 0, 2, 2, 1]), repeats=np.full(5, 2.0))
    found = accuracy_ratio(model, model)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == 1.0
    none = SampleScores(correct=np.zeros(5), repeats=np.full(5, 2.0))
    assert isinstance(accuracy_ratio(model, none), Undefined)


def _with_limit(totals: np.ndarray, limit: float | None) -> PerSample:
    return PerSample(totals=totals, counts=np.ones(len(totals)), limit=limit)


def test_runaway_answers_of_each_model_widen_the_bound_they_could_move() -> None:
    plain = mean_ratio(of(LENGTHS), of(LENGTHS[::-1].copy()), QUICK)
    above = mean_ratio(_with_limit(LENGTHS, 1e6), of(LENGTHS[::-1].copy()), QUICK)
    below = mean_ratio(of(LENGTHS), _with_limit(LENGTHS[::-1].copy(), 1e6), QUICK)
    assert isinstance(plain, ConfidenceInterval)
    assert isinstance(above, ConfidenceInterval)
    assert isinstance(below, ConfidenceInterval)
    assert above.low == pytest.approx(plain.low)
    assert above.high > 2 * plain.high
    assert below.high == pytest.approx(plain.high)
    assert below.low < plain.low / 2


def test_a_ratio_without_a_known_limit_names_the_model_and_keeps_its_estimate() -> None:
    found = mean_ratio(of(LENGTHS), _with_limit(2 * LENGTHS, None), QUICK)
    assert isinstance(found, Undefined)
    assert found.reason.startswith("second model: fewer than 150 samples")
    assert found.estimate == pytest.approx(0.5)
