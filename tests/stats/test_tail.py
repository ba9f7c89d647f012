"""Room for runaway answers: what few samples cannot rule out, and what many samples show."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.intervals import Undefined
from harness.stats.resample import Resampling
from harness.stats.tail import ENOUGH_SAMPLES, tail_upper_bound, unseen_share

PLAN = Resampling(draws=4000)


def bound_of(values: np.ndarray, limit: float | None) -> float | Undefined | None:
    return tail_upper_bound(values, np.ones(len(values)), limit, PLAN)


@pytest.mark.parametrize("samples", [2, 30, 100, ENOUGH_SAMPLES - 1])
def test_bound_of_equal_values_is_clopper_pearsons_share_times_the_limit(samples: int) -> None:
    found = bound_of(np.ones(samples), 41.0)
    share = 1 - 0.025 ** (1 / samples)  # the upper bound for 0 of n
    assert found == pytest.approx(1 + 40 * share, rel=0.06)


def test_values_above_the_limit_stand_for_it() -> None:
    assert bound_of(np.array([1.0, 2.0, 9.0]), 3.0) == bound_of(np.array([1.0, 2.0, 9.0]), 9.0)


def test_many_samples_without_a_tail_need_no_room() -> None:
    assert bound_of(np.linspace(1, 9, ENOUGH_SAMPLES), None) is None


def test_many_samples_with_a_tail_take_three_times_the_largest_or_the_limit() -> None:
    shown = np.append(np.ones(ENOUGH_SAMPLES), 30.0)
    alone, limited, far = bound_of(shown, None), bound_of(shown, 40.0), bound_of(shown, 1e9)
    assert isinstance(alone, float)
    assert isinstance(limited, float)
    assert far == alone
    assert 1 + 29 / 151 < limited < alone


def test_thousands_of_samples_need_no_room() -> None:
    assert bound_of(np.append(np.ones(3000), 30.0), 100.0) is None


def test_share_of_runaway_answers_that_samples_without_one_do_not_rule_out() -> None:
    assert unseen_share(ENOUGH_SAMPLES) == pytest.approx(0.0198, abs=1e-4)  # (1 - 0.0198) ** 150 = 5%
    assert unseen_share(300) == pytest.approx(0.00994, abs=1e-5)
