"""Means per task and per correct answer: exact where nothing varies, stated where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.means import PerSample, mean, per_correct
from harness.stats.resample import Resampling

QUICK = Resampling(draws=200)


def of(*totals: float, repeats: int = 1) -> PerSample:
    """A quantity without runaway answers."""
    return PerSample(totals=np.array(totals), counts=np.full(len(totals), float(repeats)), has_runaways=False)


def test_a_mean_over_repeats_is_the_sum_over_the_number_of_repeats() -> None:
    quantity = PerSample(totals=np.array([6.0, 1.0, 0.0]), counts=np.array([3.0, 1.0, 0.0]), has_runaways=False)
    found = mean(quantity)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(7 / 4)
    assert found.low < 7 / 4 < found.high


def test_a_constant_has_no_spread() -> None:
    found = mean(of(0.5, 0.5, 0.5))
    assert isinstance(found, ConfidenceInterval)
    assert (found.low, found.high) == pytest.approx((0.5, 0.5))
    assert found.method == "no spread at all"


def test_dollars_per_correct_are_all_dollars_over_all_correct() -> None:
    found = per_correct(of(*[2.0] * 10, repeats=2), np.array([2.0, 0, 1, 2, 0, 1, 2, 0, 1, 1]), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(2.0)  # 20 dollars, 10 correct
    # nothing but the success rate varies: 10 of 20 draws, so the bounds are 1 / Wilson's at the effective size
    assert found.low == pytest.approx(1 / 0.7, rel=0.1)


def test_three_correct_of_thirty_still_have_an_upper_bound() -> None:
    correct = np.zeros(30)
    correct[:3] = 1
    found = per_correct(of(*np.linspace(1, 2, 30)), correct, QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(15.0)
    # Wilson for 3 of 30 is 3.5 to 25.6%; 1.5 dollars over these is 43 and 5.9
    assert 38 < found.high < 48
    assert 5 < found.low < 7


@pytest.mark.parametrize(
    ("quantity", "correct", "reason"),
    [
        (of(1.0, 2.0), [0.0, 0.0], "no correct answer: the quantity per correct answer is undefined"),
        (of(1.0), [1.0], "one sample: the spread between samples is not known"),
        (of(0.0, 0.0, repeats=0), [0.0, 0.0], "nothing was measured"),
    ],
)
def test_what_cannot_be_stated_says_why(quantity: PerSample, correct: list[float], reason: str) -> None:
    assert per_correct(quantity, np.array(correct)) == Undefined(reason=reason)


def test_zero_dollars_are_zero_and_not_undefined() -> None:
    free = mean(of(0.0, 0.0, 0.0))
    assert isinstance(free, ConfidenceInterval)
    assert (free.low, free.estimate, free.high, free.method) == (0, 0, 0, "every value is 0")
    assert isinstance(per_correct(of(0.0, 0.0), np.array([1.0, 0.0])), ConfidenceInterval)


def test_the_same_seed_gives_the_same_bounds_and_another_seed_others() -> None:
    quantity = of(*np.random.default_rng(5).lognormal(0, 1, 40))
    assert mean(quantity, QUICK) == mean(quantity, QUICK)
    assert mean(quantity, Resampling(draws=200, seed=2)) != mean(quantity, QUICK)


def test_the_unit_does_not_matter() -> None:
    totals = np.random.default_rng(6).lognormal(0, 1, 40)
    small, large = mean(of(*totals * 1e-9), QUICK), mean(of(*totals * 1e9), QUICK)
    assert isinstance(small, ConfidenceInterval)
    assert isinstance(large, ConfidenceInterval)
    assert large.high / small.high == pytest.approx(1e18)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.floats(0, 1e6, allow_subnormal=False).map(lambda value: 0.0 if value < 1e-9 else value),
        min_size=1,
        max_size=12,
    )
)
def test_bounds_enclose_the_mean_and_are_finite(totals: list[float]) -> None:
    found = mean(of(*totals), QUICK)
    if isinstance(found, Undefined):
        assert len(totals) == 1
        return
    assert 0 <= found.low <= found.estimate * (1 + 1e-9)
    assert found.estimate <= found.high * (1 + 1e-9)


def test_more_correct_than_repeats_is_refused() -> None:
    with pytest.raises(ValueError, match="more correct answers than repeats"):
        per_correct(of(1.0, 1.0), np.array([2.0, 0.0]))


LIGHT = np.random.default_rng(12).lognormal(0, 0.4, 160)


def with_runaways(totals: np.ndarray, limit: float | None) -> PerSample:
    return PerSample(totals=totals, counts=np.ones(len(totals)), limit=limit)


def test_few_samples_without_a_known_limit_have_a_mean_and_no_interval() -> None:
    found = mean(with_runaways(LIGHT[:100], None), QUICK)
    assert isinstance(found, Undefined)
    assert found.estimate == pytest.approx(LIGHT[:100].mean())
    assert "no known limit of one answer" in found.reason


def test_a_known_limit_bounds_what_few_samples_do_not_show() -> None:
    found = mean(with_runaways(np.ones(30), 60.0), Resampling(draws=4000))
    assert isinstance(found, ConfidenceInterval)
    # 0 of 30 run away: Clopper-Pearson's upper bound is 1 - 0.025 ** (1 / 30) = 0.116; 1 + 0.116 * 59 = 7.8
    assert found.high == pytest.approx(7.8, rel=0.05)
    assert found.low == pytest.approx(1.0)


def test_150_samples_keep_the_room_that_a_known_limit_allows() -> None:
    found, plain = mean(with_runaways(LIGHT, 10.0), QUICK), mean(of(*LIGHT), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert isinstance(plain, ConfidenceInterval)
    assert found.low == plain.low
    assert plain.high < found.high < 1.4 * plain.high
    assert found.method.endswith("upper bound with room for runaway answers")


def test_150_samples_without_a_known_limit_say_what_they_assume() -> None:
    found = mean(with_runaways(LIGHT, None), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.method.endswith("(no limit of one answer is known: at most 100 times the mean is assumed)")
    of_correct = per_correct(with_runaways(LIGHT, None), np.tile([1.0, 0.0], 80), QUICK)
    assert isinstance(of_correct, ConfidenceInterval)
    assert "100 times the mean is assumed" in of_correct.method


def test_interval_of_light_tails_agrees_with_a_percentile_bootstrap() -> None:
    found = mean(of(*LIGHT), Resampling(draws=4000))
    assert isinstance(found, ConfidenceInterval)
    rng = np.random.default_rng(1)
    low, high = np.quantile(LIGHT[rng.integers(160, size=(4000, 160))].mean(axis=1), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.02)


def test_per_correct_keeps_its_estimate_where_the_interval_is_withheld() -> None:
    found = per_correct(with_runaways(np.full(40, 0.5), None), np.tile([1.0, 0.0], 20), QUICK)
    assert isinstance(found, Undefined)
    assert found.estimate == pytest.approx(1.0)


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        with_runaways(np.ones(3), -1.0)
