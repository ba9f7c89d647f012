"""Scales of charts: what is free stands at the left end, and ticks are few."""

from __future__ import annotations

import pytest

from harness.report.charts.axes import Axis, dollar_axis
from harness.report.charts.figures import Amount
from tests.cases import all_cases


def amount(estimate: float) -> Amount:
    return Amount(estimate=estimate, low=estimate, high=estimate)


@all_cases("most", [0.002, 0.05, 3.0, 40_000.0])
def test_ticks_are_few_rise_and_lie_inside(most: float) -> None:
    axis = dollar_axis([amount(0.001), amount(most)], title="$")
    assert 1 <= len(axis.ticks) <= 5
    assert list(axis.ticks) == sorted(axis.ticks)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


def test_a_free_model_stands_left_of_every_other_and_is_labelled_0_dollars() -> None:
    axis = dollar_axis([amount(0.0), amount(0.001)], title="$")
    assert axis.at(0.0) == 0.0 < axis.at(0.001) < 1.0
    assert "'$0'" in axis.label


def test_equal_factors_are_equal_distances_on_a_log_scale() -> None:
    axis = Axis(title="", low=1.0, high=100.0, is_log=True, ticks=(), label="")
    assert [axis.at(value) for value in (1.0, 10.0, 100.0)] == pytest.approx([0.0, 0.5, 1.0])
