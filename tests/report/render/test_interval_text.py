"""Estimates with their confidence intervals as people read them."""

from __future__ import annotations

from harness.report.render.interval_text import (
    figure_text,
    number_with_ci,
    p_value_text,
    points_text,
    share_text,
    usd_text,
    whole_text,
)
from harness.stats.intervals import ConfidenceInterval, Undefined
from tests.cases import all_cases


def interval(estimate: float, low: float, high: float) -> ConfidenceInterval:
    return ConfidenceInterval(estimate=estimate, low=low, high=high, confidence=0.95, method="a test")


def test_each_kind_of_figure_has_its_form() -> None:
    assert share_text(interval(0.75, 0.49, 0.9)) == "75% [49, 90]"
    assert whole_text(interval(0.75, 0.49, 0.9)) == "75%"
    assert points_text(interval(-0.05, -0.178, 0.078)) == "-5.0 [-17.8, +7.8]"
    assert usd_text(interval(0.00104, 0.00086, 0.0012)) == "0.0010 [0.00086, 0.0012]"
    assert number_with_ci(interval(1.95, 1.5, 2.43)) == "1.95 [1.50, 2.43]"


def test_a_bound_below_1_is_not_shown_as_100() -> None:
    # 6,000 of 6,000 correct: the Wilson bound is about 0.9994
    assert share_text(interval(1.0, 0.99936, 1.0)) == "100% [99.9, 100]"


@all_cases(("p", "text"), [(0.0, "0.000"), (0.0004, "<0.001"), (0.001, "0.001"), (1.0, "1.000")])
def test_a_small_p_value_is_not_rounded_to_0(p: float, text: str) -> None:
    assert p_value_text(p) == text


def test_what_is_unknown_and_what_does_not_exist_are_told_from_each_other() -> None:
    missing = Undefined(reason="the cost of 1 of 10 jobs is unknown")
    assert figure_text("usd_per_task", missing, {"usd_per_task"}, number_with_ci) == "?"
    assert figure_text("seconds_per_task", missing, {"usd_per_task"}, number_with_ci) == "-"
    assert figure_text("usd_per_task", None, {"usd_per_task"}, number_with_ci) == "-"


def test_an_estimate_without_bounds_shows_that_they_are_unknown() -> None:
    assert figure_text("x", Undefined(reason="one sample", estimate=2.0), set(), number_with_ci) == "2.00 [?]"
