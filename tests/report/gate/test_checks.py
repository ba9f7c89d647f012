"""Counts of errors, failed attempts and times: what each check of a row lets pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK
from harness.report.gate.baseline import (
    ModelTotals,
    TimingStats,
)
from harness.report.gate.check_result import CheckOutcome, Tolerances
from tests.cases import all_cases
from tests.report.gate.rows import SIM, TERMS, held, outcomes, row_of, scores, why


@all_cases("more", [0, 2])
@all_cases("check", ["errors", "ungraded", "cost unknown"])
def test_counts_may_rise_by_what_is_allowed_and_no_more(check: str, more: int) -> None:
    then = row_of(scores(30, 0))

    def with_count(number: int) -> ModelTotals:
        changes: dict[str, ModelTotals] = {
            "errors": replace(then, failed=number),
            "ungraded": replace(then, ungraded=number),
            "cost unknown": replace(then, unpriced={"no price": number} if number else {}),
        }
        return changes[check]

    allowed = Tolerances(max_increase=more)
    assert outcomes(held(then, with_count(more), allowed))[check] is CheckOutcome.PASSED
    assert outcomes(held(then, with_count(more + 1), allowed))[check] is CheckOutcome.FAILED


def test_repeated_attempts_are_counted_for_deterministic_rows_alone() -> None:
    replayed = replace(TERMS, replayed=True)
    for terms, code in ((SIM, EXIT_CHECK_FAILED), (replayed, EXIT_CHECK_FAILED), (TERMS, EXIT_OK)):
        then = row_of(scores(30, 0), terms=terms)
        assert held(then, replace(then, attempts_failed={"rate_limited": 1})).exit_code == code


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (
            {"rate_limited": 5},
            {"rate_limited": 3, "server_error": 2},
            "not more, but of other causes: server_error 0 -> 2",
        ),
        ({"rate_limited": 5}, {"rate_limited": 3}, "2 fewer; a SIMULATED or REPLAYED row has as many each time"),
    ],
)
def test_failed_attempts_of_other_causes_or_fewer_fail_a_simulated_row(
    then: Mapping[str, int], now: Mapping[str, int], said: str
) -> None:
    row = row_of(scores(30, 0), terms=SIM)
    sides = replace(row, attempts_failed=then), replace(row, attempts_failed=now)
    assert why(held(*sides), "failed attempts") == said
    assert outcomes(held(*sides))["failed attempts"] is CheckOutcome.FAILED
    fewer = held(*sides, Tolerances(allow_less=True))
    assert (outcomes(fewer)["failed attempts"] is CheckOutcome.PASSED) == ("fewer" in said)


@pytest.mark.parametrize(
    ("median", "bounds", "outcome"),
    [
        (4.0, 0.1, CheckOutcome.FAILED),  # twice as long, sharply
        (4.0, 3.0, CheckOutcome.PASSED),  # twice as long, but nearly anything is possible
        (2.2, 0.1, CheckOutcome.PASSED),
    ],
)
def test_latency_is_a_ratio_with_bounds_and_only_asked_for(median: float, bounds: float, outcome: CheckOutcome) -> None:
    then = replace(row_of(scores(30, 0)), total_s=TimingStats(median=2.0, low=1.9, high=2.1, n=30))
    now = replace(then, total_s=TimingStats(median=median, low=median - bounds, high=median + bounds, n=30))
    assert outcomes(held(then, now, Tolerances(latency=1.5)))["latency p50"] is outcome
    assert "latency p50" not in outcomes(held(then, now))


@pytest.mark.parametrize("times", [None, TimingStats(median=2.0, low=None, high=None, n=2)])
def test_latency_without_times_is_open_not_held(times: TimingStats | None) -> None:
    then = replace(row_of(scores(30, 0)), total_s=TimingStats(median=2.0, low=1.9, high=2.1, n=30))
    found = held(then, replace(then, total_s=times), Tolerances(latency=1.5))
    assert outcomes(found)["latency p50"] is CheckOutcome.INCONCLUSIVE
    assert outcomes(found)["TTFT p50"] is CheckOutcome.SKIPPED
    assert found.exit_code == EXIT_INCOMPLETE
