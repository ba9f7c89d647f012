"""What a paired test against an earlier run can see at best."""

from __future__ import annotations

import pytest
from scipy import stats

from harness.stats.arrays import as_floats
from harness.stats.intervals import Undefined
from harness.stats.min_drop import min_significant_drop, min_worse_samples
from harness.stats.paired import sign_flip


@pytest.mark.parametrize(
    ("alpha", "needed"),
    [
        (0.05, 6),  # 2/2^5 = 0.0625 is too much, 2/2^6 = 0.03125 is enough
        (0.005, 9),  # ten rows: 2/2^8 = 0.0078, 2/2^9 = 0.0039
        (0.0625, 5),  # 2/2^5 exactly
    ],
)
def test_so_many_worse_samples_reach_alpha_and_one_fewer_does_not(alpha: float, needed: int) -> None:
    assert min_worse_samples(alpha) == needed
    p_values = [sign_flip(as_floats([-1.0] * count, what="gaps", dimensions=1))[1] for count in (needed - 1, needed)]
    assert p_values[0] > alpha >= p_values[1]


def test_drop_is_seen_with_the_stated_power() -> None:
    drop = min_significant_drop(77, alpha=0.005)
    assert isinstance(drop, float)
    assert stats.binom.sf(8, 77, drop) == pytest.approx(0.8)  # 9 or more of 77 are worse


def test_repeats_let_smaller_drops_be_seen() -> None:
    one, four = min_significant_drop(50, alpha=0.05), min_significant_drop(50, alpha=0.05, repeats=4)
    assert isinstance(one, float)
    assert four == pytest.approx(one / 4)


def test_too_few_samples_say_how_many_it_takes() -> None:
    found = min_significant_drop(5, alpha=0.05)
    assert isinstance(found, Undefined)
    assert "5 samples: only 6 or more" in found.reason


def test_alpha_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="0 < alpha < 1"):
        min_worse_samples(0.0)
