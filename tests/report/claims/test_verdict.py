"""The evidence rule: an interval against the values that confirm; several findings to one verdict."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.claims.verdict import (
    CheckLogic,
    CheckRole,
    ClaimCheckResult,
    ClaimVerdict,
    EvidenceMode,
    accepted_range,
    combine_verdicts,
)
from tests.cases import all_cases

CONFIRMED, REFUTED, UNDECIDED = ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED, ClaimVerdict.UNDECIDED


@all_cases(
    ("text", "low", "high", "verdict"),
    [
        ("0.075 to 0.085", 0.076, 0.084, CONFIRMED),
        ("0.075 to 0.085", 0.07, 0.08, UNDECIDED),
        ("0.075 to 0.085", 0.09, 0.1, REFUTED),
        ("0.075 to 0.085", 0.01, 0.5, UNDECIDED),  # the accepted range lies inside the interval
        ("< 0.1", 0.05, 0.09, CONFIRMED),
        ("< 0.1", 0.05, 0.1, UNDECIDED),  # the bound itself is not accepted
        ("<= 0.1", 0.05, 0.1, CONFIRMED),
        ("< 0.1", 0.1, 0.2, REFUTED),
        ("<= 0.1", 0.1, 0.2, UNDECIDED),
        ("> 0", 0.0, 0.2, UNDECIDED),
        (">= -0.03", -0.03, 0.2, CONFIRMED),
        ("= 1", 1.0, 1.0, CONFIRMED),
        ("= 1", 0.9, 1.1, UNDECIDED),
        ("-3 to 3", 4.0, 5.0, REFUTED),
    ],
)
def test_interval_inside_confirms_wholly_outside_refutes(
    text: str, low: float, high: float, verdict: ClaimVerdict
) -> None:
    assert accepted_range(text).holds(low, high) is verdict


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0, 5))
def test_wider_interval_never_decides_what_a_narrower_left_open(one: float, other: float, more: float) -> None:
    low, high = sorted((one, other))
    accepted = accepted_range("-1 to 2")
    if accepted.holds(low, high) is UNDECIDED:
        assert accepted.holds(low - more, high + more) is UNDECIDED


@all_cases("text", ["0.1", "about 2", "2 to 1", "< x", "", "<", "0.1 to", "1e3 to 2e3", "nan to 1"])
def test_band_that_is_none_names_what_is_accepted(text: str) -> None:
    with pytest.raises(ValueError, match="accepted"):
        accepted_range(text)


def test_exact_value_on_a_bound_counts_where_it_is_accepted() -> None:
    assert accepted_range("0.075 to 0.085").holds(Fraction(85, 1000), Fraction(85, 1000)) is CONFIRMED


def finding(verdict: ClaimVerdict) -> ClaimCheckResult:
    return ClaimCheckResult(
        what="x",
        role=CheckRole.DECISIVE,
        mode=EvidenceMode.COMPUTED,
        verdict=verdict,
        confirmed_if="= 1",
        why="",
        metric="x",
    )


@all_cases(
    ("verdicts", "needs_all", "needs_any"),
    [
        ((CONFIRMED, CONFIRMED), CONFIRMED, CONFIRMED),
        ((CONFIRMED, UNDECIDED), UNDECIDED, CONFIRMED),
        ((CONFIRMED, REFUTED), REFUTED, CONFIRMED),
        ((UNDECIDED, REFUTED), REFUTED, UNDECIDED),
        ((REFUTED, REFUTED), REFUTED, REFUTED),
    ],
)
def test_checks_are_joined_by_all_or_any(
    verdicts: tuple[ClaimVerdict, ...], needs_all: ClaimVerdict, needs_any: ClaimVerdict
) -> None:
    findings = [finding(verdict) for verdict in verdicts]
    assert combine_verdicts(findings, CheckLogic.ALL) is needs_all
    assert combine_verdicts(findings, CheckLogic.ANY) is needs_any


def test_no_finding_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="at least one"):
        combine_verdicts([], CheckLogic.ALL)
