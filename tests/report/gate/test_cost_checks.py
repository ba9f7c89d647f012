"""Dollars and tokens in both directions, and the price rows that billed them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.report.gate.baseline import RunSettings
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import CheckOutcome, Tolerances
from harness.report.gate.render import document
from harness.report.render.formats import OutputFormat, render
from tests.cases import all_cases
from tests.report.gate.rows import SIM, STANDARD, TERMS, baseline, held, outcomes, row_of, sample, why

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
