"""Dollars and tokens in both directions, and the price rows that billed them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK
from harness.report.gate.baseline import RunSettings
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import CheckOutcome, Tolerances
from harness.report.gate.render import document
from harness.report.render.formats import OutputFormat, render
from tests.cases import all_cases
from tests.report.gate.rows import SIM, STANDARD, TERMS, baseline, held, outcomes, row_of, sample, scores, why

LESS = Tolerances(allow_less=True)
RATES = {"acme/one@2026-01-01": "prompt 1, completion 4 USD per million tokens, all terms 0a"}


@all_cases("terms", [SIM, TERMS])
@all_cases(
    ("usd", "asked", "outcome"),
    [
        ("0", STANDARD, CheckOutcome.FAILED),
        ("0.001", STANDARD, CheckOutcome.FAILED),
        ("0.001", LESS, CheckOutcome.PASSED),
        ("0", LESS, CheckOutcome.FAILED),  # dollars that are gone are a fault, not an improvement
    ],
)
def test_lower_dollars_fail_unless_allowed_and_zero_always(
    terms: RunSettings, usd: str, asked: Tolerances, outcome: CheckOutcome
) -> None:
    then = replace(row_of([sample(usd="0.01")] * 10), terms=terms)
    now = replace(row_of([sample(usd=usd)] * 10), terms=terms)
    assert outcomes(held(then, now, asked))["dollars"] is outcome


@pytest.mark.parametrize("terms", [SIM, TERMS])
def test_fewer_tokens_fail_unless_allowed(terms: RunSettings) -> None:
    then = replace(row_of([sample(tokens=100)] * 10), terms=terms)
    now = replace(row_of([sample(tokens=80)] * 10), terms=terms)
    assert outcomes(held(then, now))["output tokens"] is CheckOutcome.FAILED
    assert outcomes(held(then, now, LESS))["output tokens"] is CheckOutcome.PASSED


def test_lower_sum_with_a_higher_sample_is_not_allowed_as_less() -> None:
    then = row_of([sample(usd="0.01"), sample(usd="0.02")], terms=SIM)
    now = row_of([sample(usd="0.011"), sample(usd="0.001")], terms=SIM)
    assert outcomes(held(then, now, LESS))["dollars"] is CheckOutcome.FAILED


def test_other_rates_in_the_same_price_row_fail_and_are_shown() -> None:
    then = replace(row_of([sample()] * 9), rates=RATES)
    now = replace(
        then, rates={name: text.replace("completion 4", "completion 0") + "b" for name, text in RATES.items()}
    )
    found = held(then, now)
    assert outcomes(found)["price rows"] is CheckOutcome.FAILED
    assert "completion 4 USD" in why(found, "price rows")
    assert "completion 0 USD" in why(found, "price rows")
    assert outcomes(held(then, then))["price rows"] is CheckOutcome.PASSED


def test_a_baseline_that_showed_other_rates_of_the_same_terms_still_holds() -> None:
    then = replace(row_of([sample()] * 9), rates=RATES)
    now = replace(then, rates={name: text.replace("4 USD", "2 USD in the tier batch") for name, text in RATES.items()})
    assert outcomes(held(then, now))["price rows"] is CheckOutcome.PASSED


def test_other_price_row_fails_unless_changes_are_allowed() -> None:
    then = row_of([sample()] * 9)
    now = replace(then, prices=("acme/one@2026-12-01",))
    assert outcomes(held(then, now))["price rows"] is CheckOutcome.FAILED
    allowed = run_gate(baseline(then), baseline(now), STANDARD, allow_changed=True)
    assert outcomes(allowed)["price rows"] is CheckOutcome.PASSED


def test_numbers_of_json_are_exact_dollars_and_counts() -> None:
    then = row_of([sample(usd="0.0100000001")], terms=SIM)
    found = render(document(held(then, then)), OutputFormat.JSON)
    assert '"baseline_value": "0.0100000001"' in found
    assert '"baseline_value": 0,\n   "now_value": 0' in found  # errors


def test_last_digit_of_a_simulated_row_counts() -> None:
    then = row_of([sample(usd="0.0100000001"), *scores(9, 0)], terms=SIM)
    now = row_of([sample(usd="0.0100000002"), *scores(9, 0)], terms=SIM)
    found = held(then, now)
    dollars = next(one for one in found.findings if one.check == "dollars")
    assert (dollars.then, dollars.now, dollars.outcome) == ("$0.1000000001", "$0.1000000002", CheckOutcome.FAILED)
    assert "different in 1 of 10 samples; the tokens in and out are the same" in dollars.why
    assert outcomes(held(then, now, Tolerances(usd=0.01)))["dollars"] is CheckOutcome.PASSED


def test_equal_sums_of_other_parts_are_not_equal() -> None:
    then = row_of([sample(usd="0.01"), sample(usd="0.02")], terms=SIM)
    now = row_of([sample(usd="0.02"), sample(usd="0.01")], terms=SIM)
    assert outcomes(held(then, now))["dollars"] is CheckOutcome.FAILED


@all_cases(
    ("factor", "outcome"),
    [
        ("1.04", CheckOutcome.PASSED),
        ("1.06", CheckOutcome.FAILED),
        ("0.96", CheckOutcome.PASSED),
        ("0.95", CheckOutcome.FAILED),  # below 1/1.05 = 0.952
        ("0.1", CheckOutcome.FAILED),
        ("0", CheckOutcome.FAILED),
    ],
)
def test_live_dollars_fail_where_the_whole_interval_is_outside_the_tolerance(
    factor: str, outcome: CheckOutcome
) -> None:
    amounts = [Decimal("0.01") * place for place in range(1, 21)]
    then = row_of([sample(usd=str(amount)) for amount in amounts])
    now = row_of([sample(usd=str(amount * Decimal(factor))) for amount in amounts])  # every ratio alike: no spread
    assert outcomes(held(then, now))["dollars"] is outcome


def test_live_dollars_that_scatter_hold_and_say_what_is_not_ruled_out() -> None:
    then = row_of([sample(usd="0.01") for _ in range(20)])
    now = row_of([sample(usd="0.005" if place % 2 else "0.0162") for place in range(20)])  # mean 1.06
    found = held(then, now)
    assert outcomes(found)["dollars"] is CheckOutcome.PASSED
    assert "more than 1.05 is not ruled out" in why(found, "dollars")


def test_unknown_dollars_are_left_out_said_and_never_zero() -> None:
    then = row_of([sample(usd=None), *scores(9, 0)], terms=SIM)
    found = held(then, then)
    assert found.exit_code == EXIT_OK
    assert why(found, "dollars") == "equal over 9 samples; 1 left out as unknown"
    worse = held(row_of(scores(10, 0), terms=SIM), then)
    assert outcomes(worse)["cost unknown"] is CheckOutcome.FAILED
    assert why(worse, "cost unknown") == "1 more: no price 0 -> 1"


def test_dollars_that_are_all_unknown_now_are_open_and_failed_as_unknown() -> None:
    then, now = row_of(scores(10, 0)), row_of([sample(usd=None) for _ in range(10)])
    found = held(then, now)
    assert outcomes(found)["dollars"] is CheckOutcome.INCONCLUSIVE
    assert outcomes(found)["cost unknown"] is CheckOutcome.FAILED
    assert outcomes(held(now, then))["dollars"] is CheckOutcome.SKIPPED


def test_known_part_of_unknown_dollars_is_held_too() -> None:
    then = row_of([sample(usd=None), *scores(9, 0)], terms=SIM)
    found = held(then, replace(then, known_usd=then.known_usd + Decimal("0.001")))
    assert "known part" in why(found, "dollars")
    assert found.exit_code == EXIT_CHECK_FAILED


def test_tokens_are_held_like_dollars() -> None:
    then, now = row_of([sample(tokens=100)] * 9, terms=SIM), row_of([sample(tokens=101)] * 9, terms=SIM)
    assert outcomes(held(then, now))["output tokens"] is CheckOutcome.FAILED
    assert outcomes(held(then, now))["input tokens"] is CheckOutcome.PASSED
    assert outcomes(held(then, now, Tolerances(tokens=0.02)))["output tokens"] is CheckOutcome.PASSED


def test_reasoning_tokens_that_are_not_reported_any_more_fail() -> None:
    then = replace(row_of(scores(9, 0), terms=SIM), reasoning_tokens=50)
    found = held(then, replace(then, reasoning_tokens=None))
    assert why(found, "reasoning tokens") == "no longer reported"
    assert found.exit_code == EXIT_CHECK_FAILED
