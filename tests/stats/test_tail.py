"""Room for runaway answers: what few samples cannot rule out, and what many samples show."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.intervals import Undefined
from harness.stats.resample import Resampling
from harness.stats.tail import ENOUGH_SAMPLES, room_words, tail_upper_bound
from tests.cases import all_cases

PLAN = Resampling(draws=4000)


def bound_of(values: np.ndarray, limit: float | None) -> float | Undefined | None:
    return tail_upper_bound(values, np.ones(len(values)), limit, PLAN)


@all_cases("samples", [2, 30, 100, ENOUGH_SAMPLES, 500])
def test_bound_of_equal_values_is_clopper_pearsons_share_times_the_limit(samples: int) -> None:
    found = bound_of(np.ones(samples), 41.0)
    share = 1 - 0.025 ** (1 / samples)  # the upper bound for 0 of n
    assert found == pytest.approx(1 + 40 * share, rel=0.06)


def test_values_above_the_limit_stand_for_it() -> None:
    assert bound_of(np.array([1.0, 2.0, 9.0]), 3.0) == bound_of(np.array([1.0, 2.0, 9.0]), 9.0)


def test_without_a_known_limit_few_samples_have_no_bound() -> None:
    found = bound_of(np.ones(ENOUGH_SAMPLES - 1), None)
    assert isinstance(found, Undefined)
    assert "fewer than 150 samples and no known limit of one answer" in found.reason


def test_without_a_known_limit_many_samples_take_a_hundred_times_the_mean() -> None:
    assert bound_of(np.full(ENOUGH_SAMPLES, 2.0), None) == bound_of(np.full(ENOUGH_SAMPLES, 2.0), 200.0)
    assert "100 times the mean is assumed" in room_words(8.0, None)
    assert "assumed" not in room_words(8.0, 9.0)


def test_samples_that_show_a_tail_have_room_for_one_more_of_its_size() -> None:
    shown = np.append(np.ones(ENOUGH_SAMPLES), 30.0)
    found = bound_of(shown, 30.0)
    assert isinstance(found, float)
    share = 5.57 / 151  # Poisson: at most one event has a chance of 2.5% where 5.57 are expected
    assert found == pytest.approx(1 + 29 * share, rel=0.06)


def test_thousands_of_samples_need_no_room() -> None:
    assert bound_of(np.append(np.ones(3000), 30.0), 100.0) is None
