"""Every metric and comparison: by hand on a small run, and an Undefined with a reason wherever nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.comparisons import comparison_value
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import METRICS
from harness.stats.model_data import Measured
from tests.cases import all_cases
from tests.stats.runs_by_hand import HOPELESS, QUICK, SMALL, model


@all_cases(
    ("name", "expected"),
    [
        ("accuracy", 6 / 11),  # 12 jobs, one failed, 6 correct
        ("accuracy_failures_wrong", 6 / 12),
        ("pass_at_k", 1.0),  # k is 3, the most grades of a sample: three samples have them, each with a correct one
        ("share_failed", 1 / 12),
        ("share_truncated", 1 / 11),
        ("share_refused", 1 / 11),
        ("share_priced", 1.0),
        ("total_spent_usd", 2 * (12 + 6.6)),  # 2 * sum of 1.0, 1.1 ... 2.1
        ("usd_per_task", 2 * 18.6 / 12),
        ("usd_per_correct", 2 * 18.6 / 6),
        ("tokens_per_task", 100 * (18.6 - 1.7) / 11),  # the failed job is the eighth: 1.7
        ("tokens_per_correct", 100 * (18.6 - 1.7) / 6),
    ],
)
def test_a_small_run_by_hand(name: str, expected: float) -> None:
    found = METRICS[name].value(model(SMALL), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"), [("pass_at_k", (1 + 1 + 0 + 2 / 3) / 4), ("pass_hat_k", (1 + 1 / 3) / 4)]
)
def test_scores_of_two_repeats_by_hand(name: str, expected: float) -> None:
    # correct of graded: 3/3 2/3 0/2 1/3; one of two: 1, 1 - 0/3, 0, 1 - C(2,2)/C(3,2); both of two: 1, 1/3, 0, 0
    found = METRICS[name].value(model(SMALL), replace(QUICK, k=2))
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(expected)


def test_a_majority_counts_votes_of_answers_only() -> None:
    # CCC 1, CWC 1, TRC: one vote, correct, 1; WFW has only two grades
    found = METRICS["maj_at_k"].value(model(SMALL), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(1.0)


@all_cases("name", METRICS)
@all_cases("jobs", HOPELESS.values(), ids=HOPELESS)
def test_every_metric_answers_every_poor_run_with_a_number_or_a_reason(name: str, jobs: tuple[str, ...]) -> None:
    for usd in (2.0, 0.0):
        found = METRICS[name].value(model(jobs, usd=usd), QUICK)
        assert isinstance(found, ConfidenceInterval) or found.reason


@all_cases(
    ("jobs", "name", "reason"),
    [
        (("FF", "FF"), "accuracy", "every job failed (4): there is no answer to grade"),
        (("WW", "WN"), "usd_per_correct", "no correct answer: the quantity per correct answer is undefined"),
        (("--", "--"), "usd_per_task", "no job has an outcome"),
        (("EE", "EE"), "accuracy", "none of the 4 answers is graded"),
    ],
)
def test_reasons_are_stated(jobs: tuple[str, ...], name: str, reason: str) -> None:
    assert METRICS[name].value(model(jobs), QUICK) == Undefined(reason=reason)


def test_dollars_are_refused_while_any_job_has_no_price() -> None:
    data = model(SMALL)
    known = data.attempted.copy()
    known[0, 0] = known[2, 1] = False
    unpriced = replace(data, spent_usd=Measured(values=data.spent_usd.values, known=known))
    reason = "the cost of 2 of 12 jobs is unknown"
    for name in ("usd_per_task", "usd_per_correct", "total_spent_usd"):
        assert METRICS[name].value(unpriced, QUICK) == Undefined(reason=reason)
    assert comparison_value("cost_ratio", data, unpriced, QUICK) == Undefined(reason=f"second model: {reason}")
    priced = METRICS["share_priced"].value(unpriced, QUICK)
    assert isinstance(priced, ConfidenceInterval)
    assert priced.estimate == pytest.approx(10 / 12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("CWTRNEF-", min_size=2, max_size=2), min_size=1, max_size=9), st.sampled_from([0.0, 1e-6, 3.0]))
def test_any_run_gives_bounds_around_the_estimate_or_a_reason(rows: list[str], usd: float) -> None:
    data = model(tuple(rows), usd=usd)
    for metric in METRICS.values():
        found = metric.value(data, QUICK)
        if isinstance(found, ConfidenceInterval):
            slack = 1e-9 * max(1.0, abs(found.estimate))
            assert found.low - slack <= found.estimate <= found.high + slack
        else:
            assert found.reason
