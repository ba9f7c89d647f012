"""Checks of answers: verdicts by kind, truncation, extracted answers, served names, sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.report.gate.baseline import SampleTotals, stored_text
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import OLDER, CheckOutcome, Tolerances
from tests.cases import all_cases
from tests.report.gate.rows import SIM, STANDARD, baseline, held, outcomes, row_of, sample, scores, why


def graded(verdict: str, given: str = "", *, truncated: int = 0) -> SampleTotals:
    """One answer with that verdict."""
    right = int(verdict == "correct")
    return replace(sample(correct=right), verdicts={verdict: 1}, given=(given,), truncated=truncated)


RIGHT = graded("correct", "42")


def test_wrong_answer_that_becomes_no_answer_fails_a_simulated_row() -> None:
    then = row_of([RIGHT, graded("wrong", "41")], terms=SIM)
    found = held(then, row_of([RIGHT, graded("no_answer")], terms=SIM))
    assert outcomes(found)["accuracy"] is CheckOutcome.PASSED
    assert outcomes(found)["verdicts"] is CheckOutcome.FAILED
    assert why(found, "verdicts") == "different in 1 of 2 samples (s001)"
    text = next(one.now for one in found.findings if one.check == "verdicts")
    assert text == "correct 1, no answer 1"


def test_other_answer_with_the_same_verdict_fails_a_simulated_row_alone() -> None:
    then, now = [RIGHT, graded("wrong", "41")], [RIGHT, graded("wrong", "40")]
    found = held(row_of(then, terms=SIM), row_of(now, terms=SIM))
    assert outcomes(found)["answers"] is CheckOutcome.FAILED
    for asked in (STANDARD, Tolerances(exact_accuracy=True)):
        assert "answers" not in outcomes(held(row_of(then), row_of(now), asked))


def test_answers_stored_as_hashes_are_compared_all_the_same() -> None:
    hidden = replace(RIGHT, given=(stored_text("42", max_chars=80, has_texts=False),))
    assert outcomes(held(row_of([hidden], terms=SIM), row_of([RIGHT], terms=SIM)))["answers"] is CheckOutcome.PASSED
    other = replace(RIGHT, given=("43",))
    assert outcomes(held(row_of([hidden], terms=SIM), row_of([other], terms=SIM)))["answers"] is CheckOutcome.FAILED


def test_long_answers_that_differ_behind_their_beginning_are_told_apart() -> None:
    one, other = (replace(RIGHT, given=(stored_text("x" * 200 + end, max_chars=80),)) for end in "ab")
    assert len(one.given[0]) < 120
    assert outcomes(held(row_of([one], terms=SIM), row_of([other], terms=SIM)))["answers"] is CheckOutcome.FAILED


def test_truncation_of_a_simulated_row_is_compared() -> None:
    cut = replace(RIGHT, truncated=1)
    found = held(row_of([RIGHT, RIGHT], terms=SIM), row_of([RIGHT, cut], terms=SIM))
    assert outcomes(found)["truncated"] is CheckOutcome.FAILED


@all_cases(
    ("number", "outcome"),
    [
        (6, CheckOutcome.PASSED),  # 2/2^6 = 0.031, and three kinds are tested: 0.05/3 = 0.0167
        (7, CheckOutcome.FAILED),  # 2/2^7 = 0.0156
    ],
)
@all_cases("kind", ["no_answer", "refused", "truncated"])
def test_kinds_of_a_live_row_fail_where_they_rise_beyond_chance(kind: str, number: int, outcome: CheckOutcome) -> None:
    changed = graded("wrong", truncated=1) if kind == "truncated" else graded(kind)
    wrong = graded("wrong", "41")
    found = held(row_of([wrong] * 30), row_of([*[changed] * number, *[wrong] * (30 - number)]))
    assert outcomes(found)[kind.replace("_", " ")] is outcome


def test_kinds_that_fall_pass() -> None:
    then, now = row_of([graded("refused")] * 20), row_of([graded("wrong", "41")] * 20)
    assert outcomes(held(then, now))["refused"] is CheckOutcome.PASSED


def test_older_baseline_skips_these_checks_and_says_how_to_have_them() -> None:
    then = row_of(scores(9, 1), terms=SIM)
    now = replace(row_of([RIGHT] * 9 + [graded("wrong")], terms=SIM), sandboxes=("bubblewrap",), served={"one": 10})
    found = held(then, now)
    for check in ("verdicts", "truncated", "answers", "sandbox"):
        assert outcomes(found)[check] is CheckOutcome.SKIPPED
        assert why(found, check) == OLDER
    assert outcomes(found)["served model"] is CheckOutcome.PASSED


# The model that served


@all_cases(
    ("then", "now", "outcome"),
    [
        ({"one-0901": 9}, {"one-0901": 9}, CheckOutcome.PASSED),
        ({"one-0901": 9}, {"one-1201": 9}, CheckOutcome.FAILED),
        ({"one-0901": 9}, {"one-0901": 8, "one-1201": 1}, CheckOutcome.FAILED),
        ({"one-0901": 8, "one-1201": 1}, {"one-1201": 9}, CheckOutcome.PASSED),
        ({"one-0901": 9}, {}, CheckOutcome.INCONCLUSIVE),
    ],
)
def test_served_version_that_the_baseline_did_not_have_fails(
    then: Mapping[str, int], now: Mapping[str, int], outcome: CheckOutcome
) -> None:
    row = row_of(scores(9, 0))
    found = held(replace(row, served=then), replace(row, served=now))
    assert outcomes(found)["served model"] is outcome


def test_served_version_may_change_where_changes_are_allowed() -> None:
    row = row_of(scores(9, 0))
    sides = baseline(replace(row, served={"one-0901": 9})), baseline(replace(row, served={"one-1201": 9}))
    found = run_gate(*sides, STANDARD, allow_changed=True)
    assert outcomes(found)["served model"] is CheckOutcome.PASSED
    assert why(found, "served model").endswith("the baseline's answers named one-0901, allowed as asked")


# The sandbox


@all_cases(
    ("then", "now", "outcome"),
    [
        ("bubblewrap", "bubblewrap", CheckOutcome.PASSED),
        ("bubblewrap", "container", CheckOutcome.PASSED),
        ("bubblewrap", "unisolated", CheckOutcome.FAILED),
        ("unisolated", "bubblewrap", CheckOutcome.PASSED),
    ],
)
def test_code_that_runs_without_isolation_now_fails(then: str, now: str, outcome: CheckOutcome) -> None:
    row = row_of(scores(9, 0), terms=SIM)
    found = held(replace(row, sandboxes=(then,)), replace(row, sandboxes=(now,)))
    assert outcomes(found)["sandbox"] is outcome
    assert "sandbox" not in outcomes(held(row, row))
