"""Absolute limits: with and without a baseline, for all rows or a named one; what is not known never passes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK, UsageError
from harness.report.gate.baseline import ModelTotals, TimingStats
from harness.report.gate.build import check_limits, run_gate
from harness.report.gate.check_result import CheckOutcome
from harness.report.gate.limits import Limit, Limits
from tests.cases import all_cases
from tests.report.gate.rows import STANDARD, baseline, outcomes, row_of, sample, scores, why

TTFT = TimingStats(median=1.5, low=1.0, high=2.0, n=10)
ROW = replace(row_of(scores(8, 2)), ttft_s=TTFT)  # 80%, ten jobs of $0.01: $0.0125 per correct answer


def accuracy(least: float) -> Limits:
    return Limits(min_accuracy=Limit(common=least))


@all_cases(
    ("limits", "check", "passes"),
    [
        (accuracy(0.8), "min accuracy", True),
        (accuracy(0.81), "min accuracy", False),
        (Limits(max_usd_per_correct=Limit(common=Decimal("0.0125"))), "max $/correct", True),
        (Limits(max_usd_per_correct=Limit(common=Decimal("0.01249"))), "max $/correct", False),
        (Limits(max_ttft_s=Limit(common=1.5)), "max TTFT p50", True),
        (Limits(max_ttft_s=Limit(common=1.4)), "max TTFT p50", False),
    ],
)
def test_limit_itself_is_allowed_and_no_more(limits: Limits, check: str, passes: bool) -> None:
    found = check_limits(baseline(ROW), limits, max_errors=0)
    assert outcomes(found)[check] is (CheckOutcome.PASSED if passes else CheckOutcome.FAILED)
    assert found.exit_code == (EXIT_OK if passes else EXIT_CHECK_FAILED)


@pytest.mark.parametrize(
    ("row", "limits", "check"),
    [
        (replace(ROW, samples={}), accuracy(0.1), "min accuracy"),
        (
            row_of([sample(usd=None), *scores(9, 0)]),
            Limits(max_usd_per_correct=Limit(common=Decimal(9))),
            "max $/correct",
        ),
        (replace(ROW, ttft_s=None), Limits(max_ttft_s=Limit(common=9.0)), "max TTFT p50"),
    ],
)
def test_what_is_not_known_is_inconclusive(row: ModelTotals, limits: Limits, check: str) -> None:
    found = check_limits(baseline(row), limits, max_errors=0)
    assert outcomes(found)[check] is CheckOutcome.INCONCLUSIVE
    assert found.exit_code == EXIT_INCOMPLETE


def test_dollars_without_a_correct_answer_fail() -> None:
    found = check_limits(
        baseline(row_of(scores(0, 5))), Limits(max_usd_per_correct=Limit(common=Decimal(9))), max_errors=0
    )
    assert outcomes(found)["max $/correct"] is CheckOutcome.FAILED
    assert why(found, "max $/correct") == "$0.05 for no correct answer"


def test_limit_of_a_model_comes_before_that_of_its_task_and_the_common_one() -> None:
    rows = [row_of(scores(8, 2), model=name) for name in ("acme/one", "acme/two")]
    limits = Limits(min_accuracy=Limit(common=0.99, named={"sums": 0.8, "acme/two": 0.9}))
    found = check_limits(baseline(*rows), limits, max_errors=0)
    accuracies = {one.model: one.outcome for one in found.findings if one.check == "min accuracy"}
    assert accuracies == {"acme/one": CheckOutcome.PASSED, "acme/two": CheckOutcome.FAILED}


def test_name_that_the_run_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"acme/on is neither a model nor a task of r: did you mean acme/one\?"):
        Limits(max_ttft_s=Limit(named={"acme/on": 1.0})).check_names(baseline(ROW))


def test_failed_jobs_do_not_hide_behind_a_good_accuracy() -> None:
    row = replace(ROW, failed=3, attempts_failed={"server_error": 9})
    found = check_limits(baseline(row), accuracy(0.5), max_errors=2)
    assert outcomes(found)["errors"] is CheckOutcome.FAILED
    assert why(found, "errors") == "at most 2: server_error 9"
    assert check_limits(baseline(row), accuracy(0.5), max_errors=3).exit_code == EXIT_OK


def test_run_that_is_not_done_is_inconclusive() -> None:
    found = check_limits(baseline(replace(ROW, planned=12)), accuracy(0.5), max_errors=0)
    assert why(found, "complete") == "2 of 12 jobs not done"
    assert found.exit_code == EXIT_INCOMPLETE


def test_limits_are_checked_beside_a_baseline() -> None:
    found = run_gate(baseline(ROW), baseline(ROW), STANDARD, allow_changed=False, limits=accuracy(0.9))
    failed = [one.check for one in found.findings if one.outcome is CheckOutcome.FAILED]
    assert failed == ["min accuracy"]
