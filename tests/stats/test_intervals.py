"""Wilson's interval, its clustered form, and quantiles, against figures worked by hand or printed elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.intervals import ConfidenceInterval, clustered_proportion, design_effect, quantile, wilson
from tests.cases import all_cases


@all_cases(
    ("correct", "n", "low", "high"),
    [
        (26, 30, 0.7032, 0.9469),  # 86.7% of one AIME, as published reviews quote it
        (0, 10, 0.0, 0.27753),  # z^2 / (n + z^2) = 3.84146 / 13.84146
        (10, 10, 0.72247, 1.0),
        (5, 10, 0.23659, 0.76341),  # centre 0.5, half 1.95996 / 13.84146 * sqrt(2.5 + 0.96036)... = 0.26341
    ],
)
def test_wilson_gives_the_published_bounds(correct: int, n: int, low: float, high: float) -> None:
    assert wilson(correct, n) == pytest.approx((low, high), abs=2e-4)


def test_repeats_that_always_agree_count_as_one_draw() -> None:
    found = clustered_proportion([(8, 8)] * 26 + [(0, 8)] * 4)
    assert (found.low, found.high) == pytest.approx(wilson(26, 30))
    assert found.estimate == pytest.approx(26 / 30)


def test_repeats_that_are_independent_count_almost_in_full() -> None:
    # 40 samples of 4: as a fair coin would fall, 1 4 6 4 1 in 16, so the variance between samples is that of coins
    samples = [(0, 4)] * 3 + [(1, 4)] * 10 + [(2, 4)] * 14 + [(3, 4)] * 10 + [(4, 4)] * 3
    # between = (2 * 3 * 4 + 2 * 10 * 1) * 40 / 39 / 160^2 = 0.0017628; binomial = 0.25 / 160 = 0.0015625
    # deff 1.1282; mixed samples at least 37; (37 * 1.1282 + 0.5 * 4) / 37.5 = 1.1665
    assert design_effect(samples) == pytest.approx(1.1665, abs=1e-3)


def test_all_correct_with_repeats_is_as_sure_as_the_samples_only() -> None:
    assert clustered_proportion([(4, 4)] * 30).low == pytest.approx(wilson(30, 30)[0])


def test_ungraded_samples_do_not_count() -> None:
    assert clustered_proportion([(1, 1), (0, 0), (0, 1)]) == clustered_proportion([(1, 1), (0, 1)])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: (min(pair), max(pair))), min_size=1))
def test_bounds_enclose_the_estimate_and_stay_in_0_to_1(samples: list[tuple[int, int]]) -> None:
    if not any(repeats for _, repeats in samples):
        with pytest.raises(ValueError, match="at least one graded answer"):
            clustered_proportion(samples)
        return
    found = clustered_proportion(samples)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_an_interval_refuses_what_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="finite"):
        ConfidenceInterval(estimate=1.0, low=0.0, high=float("inf"), confidence=0.95, method="none")


@pytest.mark.parametrize(("correct", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_an_impossible_proportion_is_refused(correct: int, n: int) -> None:
    with pytest.raises(ValueError, match="needs 0 <= correct <= n"):
        wilson(correct, n)


def test_quantiles_are_interpolated_between_ranks() -> None:
    assert quantile([4.0, 1.0, 2.0, 3.0], 0.5) == 2.5
    assert quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.95) == pytest.approx(4.8)  # place 0.95 * 4 = 3.8
