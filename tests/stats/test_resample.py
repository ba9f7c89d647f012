"""The bootstrap over samples: fixed by its seed, the same draws for every column."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.stats.resample import Resampling, draw_weights, influence, product_interval, resampled_means

PLAN = Resampling(draws=400)


def test_each_draw_takes_as_many_samples_as_there_are() -> None:
    blocks = np.concatenate(list(draw_weights(7, draws=100, seed=1)))
    assert blocks.shape == (100, 7)
    assert (blocks.sum(axis=1) == 7).all()
    again = np.concatenate(list(draw_weights(7, draws=100, seed=1)))
    assert (blocks == again).all()


def test_columns_see_the_same_draws() -> None:
    column = np.arange(1.0, 21.0)
    means = resampled_means(np.column_stack([column, 2 * column]), draws=50, seed=3)
    assert means[:, 1] == pytest.approx(2 * means[:, 0])


def test_a_ratio_of_proportional_columns_has_no_width() -> None:
    column = np.arange(1.0, 21.0)
    found = product_interval(np.column_stack([2 * column, column]), (1, -1), PLAN)
    assert (found.low, found.estimate, found.high) == pytest.approx((2, 2, 2))


def test_influence_sums_to_0_and_is_the_relative_distance_from_the_mean() -> None:
    # means 2 and 4: (1/2 - 2/4, 3/2 - 6/4) = (0, 0) for the quotient; (-0.5, 0.5) for the first alone
    columns = np.array([[1.0, 2.0], [3.0, 6.0]])
    assert influence(columns, (1, -1)) == pytest.approx([0, 0])
    assert influence(columns[:, :1], (1,)) == pytest.approx([-0.5, 0.5])


def test_bounds_lie_around_the_estimate_and_a_wider_confidence_is_wider() -> None:
    rng = np.random.default_rng(5)
    columns = rng.lognormal(size=(40, 1))
    narrow, wide = (product_interval(columns, (1,), Resampling(draws=400, confidence=share)) for share in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.estimate < narrow.high < wide.high
    assert math.isclose(narrow.estimate, columns.mean())


@pytest.mark.parametrize("columns", [np.ones((1, 1)), np.zeros((3, 1))])
def test_one_sample_or_a_mean_of_0_has_no_interval(columns: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two samples or more"):
        product_interval(columns, (1,), PLAN)


@pytest.mark.parametrize("wrong", [{"confidence": 1.0}, {"draws": 99}])
def test_a_plan_that_gives_no_interval_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got"):
        Resampling(**wrong)  # type: ignore[arg-type]


def test_columns_of_one_number_have_it_in_every_draw_and_leave_the_others_as_they_are() -> None:
    varied = np.arange(9.0) ** 2
    means = resampled_means(np.column_stack([np.ones(9), varied, np.full(9, 0.1)]), draws=120, seed=3)
    drawn = np.concatenate(list(draw_weights(9, draws=120, seed=3)))
    assert (means[:, 0] == 1).all()
    assert means[:, 1] == pytest.approx(drawn @ varied / 9)
    assert means[:, 2] == pytest.approx(0.1)
