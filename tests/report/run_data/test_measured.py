"""Timings with their measurement error: what counts, how large the error of a median is."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.core.types import Timing
from harness.report.run_data.measured import MeasuredFigures, speed_error_share, timing_errors
from harness.report.run_data.records import JobRecord, record_of
from tests.cases import all_cases
from tests.report.run_data.test_records import job
from tests.report.runs import answer, timing


def record(at: Timing) -> JobRecord:
    return record_of(job(answer(at=at)))


@all_cases(
    ("ttft_lag_s", "total_lag_s", "is_discarded"),
    [
        (0.005, 0.005, False),  # 1% of 0.5 s, 0.25% of 2 s
        (0.05, 0.0, False),  # 10% of 0.5 s
        (0.051, 0.0, True),
        (0.0, 0.2, False),  # 10% of 2 s
        (0.0, 0.21, True),
        (None, None, False),  # nobody measured
    ],
)
def test_timing_is_left_out_where_the_lag_is_above_a_tenth_of_it(
    ttft_lag_s: float | None, total_lag_s: float | None, *, is_discarded: bool
) -> None:
    found = record(replace(timing(), ttft_lag_s=ttft_lag_s, total_lag_s=total_lag_s))
    assert found.is_timing_discarded is is_discarded


def test_each_figure_is_left_out_by_its_own_error() -> None:
    found = record(replace(timing(total_s=2.0, ttft_s=0.1), loop_lag_s=0.03, ttft_lag_s=0.03, total_lag_s=0.01))
    # TTFT: 30 of 100 ms. Total: 10 ms of 2 s. First answer: none. Speed: 30 ms of 1.9 s
    total_s, ttft_s, first_answer_s, tokens_per_s, chars_per_s = found.usable_timings
    assert (total_s, ttft_s, first_answer_s) == (2.0, None, None)
    assert (tokens_per_s, chars_per_s) == (found.tokens_per_s, found.chars_per_s) != (None, None)
    assert found.speed_error_share == pytest.approx(1.9 / 1.87 - 1)
    assert (found.ttft_s, found.total_s) == (0.1, 2.0)  # as measured


def test_lag_of_an_older_record_stands_for_every_stamp() -> None:
    assert timing_errors(timing(lag_s=0.006)) == (0.006, 0.006, 0.006)
    assert timing_errors(replace(timing(), loop_lag_s=None)) == (0.0, 0.0, 0.0)


def test_error_of_a_median_is_what_the_errors_can_change_in_it() -> None:
    figures = MeasuredFigures()
    for value, error in ((1.0, 0.0), (2.0, 0.15), (3.0, 0.3)):
        figures.add(value, error)
    figures.add(9.0, 1.0)  # above a tenth
    figures.add(None, 0.0)
    found = figures.quantile(0.5)
    assert found is not None
    assert (found.value, found.is_usable) == (2.0, True)
    assert found.error == pytest.approx(0.15)  # between 1.85 and 2.0: the middle of 1.0, 1.85, 2.7
    assert (len(figures.values), len(figures.unusable), figures.usable_quantile(1.0)) == (3, 1, 3.0)


def test_figures_without_a_usable_one_are_those_measured() -> None:
    figures = MeasuredFigures()
    assert figures.quantile(0.5) is None
    figures.add(0.1, 0.02)
    figures.add(0.3, 0.9)
    found = figures.quantile(0.5)
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert not found.is_usable
    assert found.error == pytest.approx(0.16)  # from (0.08 + 0) / 2
    assert figures.usable_quantile(0.5) is None


def test_speed_over_a_time_shorter_than_the_lag_is_unknown() -> None:
    assert speed_error_share(timing(total_s=0.6, ttft_s=0.5, lag_s=0.2)) == math.inf
    assert speed_error_share(timing(total_s=0.5, ttft_s=0.5)) == 0.0
