"""A run compared with a baseline: every outcome, over small baselines written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK
from harness.report.gate.baseline import (
    ModelTotals,
    RunSettings,
    SampleTotals,
    TimingStats,
)
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import CheckOutcome, Tolerances
from tests.cases import all_cases
from tests.report.gate.rows import SIM, STANDARD, TERMS, baseline, held, outcomes, row_of, sample, scores, why


def test_the_same_run_holds_whether_live_or_simulated() -> None:
    for terms in (TERMS, SIM):
        row = row_of(scores(30, 10), terms=terms)
        found = held(row, row)
        assert found.exit_code == EXIT_OK
        assert found.count(CheckOutcome.FAILED) == found.count(CheckOutcome.INCONCLUSIVE) == 0


@st.composite
def figures(draw: st.DrawFn) -> SampleTotals:
    """Any sample with up to four answers."""
    answers = draw(st.integers(0, 4))
    graded = draw(st.integers(0, answers))
    tokens = st.none() | st.integers(0, 10**6) if answers else st.just(0)
    return SampleTotals(
        correct=draw(st.integers(0, graded)),
        graded=graded,
        jobs=4,
        answers=answers,
        usd=draw(st.none() | st.decimals(0, 100, places=9)),
        prompt_tokens=draw(tokens),
        completion_tokens=draw(tokens),
    )


@given(st.lists(figures(), min_size=1, max_size=12), st.booleans(), st.sampled_from([None, 0.0, 0.1]))
def test_no_run_fails_against_itself(samples: list[SampleTotals], exact: bool, tolerance: float | None) -> None:
    row = row_of(samples, terms=replace(TERMS, simulated=exact))
    found = held(row, row, Tolerances(exact_accuracy=exact, usd=tolerance, tokens=tolerance))
    assert found.count(CheckOutcome.FAILED) == 0


# Accuracy


@all_cases(
    ("worse", "better", "outcome"),
    [
        (5, 0, CheckOutcome.PASSED),  # 2/2^5 = 0.0625
        (6, 0, CheckOutcome.FAILED),  # 2/2^6 = 0.03125
        (7, 1, CheckOutcome.PASSED),  # 2 (1 + 8)/2^8 = 0.0703
        (0, 6, CheckOutcome.PASSED),  # it rose
    ],
)
def test_live_drop_fails_only_where_chance_is_less_than_one_in_twenty(
    worse: int, better: int, outcome: CheckOutcome
) -> None:
    then = row_of([*scores(30, 0), *(sample(correct=0) for _ in range(better))])
    now = row_of(
        [*(sample(correct=0) for _ in range(worse)), *scores(30 - worse, 0), *(sample() for _ in range(better))]
    )
    assert outcomes(held(then, now))["accuracy"] is outcome


def test_drop_that_one_row_would_show_is_chance_among_ten() -> None:
    then, now = scores(30, 0), [*scores(0, 6), *scores(24, 0)]  # p 0.03125, times ten rows is no proof
    rows = [f"acme/m{number}" for number in range(10)]
    found = run_gate(
        baseline(*(row_of(then, model=name) for name in rows)),
        baseline(row_of(now, model=rows[0]), *(row_of(then, model=name) for name in rows[1:])),
        STANDARD,
        allow_changed=False,
    )
    assert found.exit_code == EXIT_OK
    assert "p 0.31 by exact McNemar, Holm over 10 rows" in why(found, "accuracy")


def test_drop_that_could_be_seen_is_said_with_a_held_accuracy() -> None:
    row = row_of(scores(30, 10))
    # 6 or more of 40 are worse with a chance of 0.8 where each is with 0.19: mean 7.6, standard deviation 2.5
    assert "a drop of 19 points is detected with 80% power" in why(held(row, row), "accuracy")


def test_repeats_of_a_sample_are_one_piece_of_evidence() -> None:
    def answered(correct: int) -> SampleTotals:
        return replace(sample(), correct=correct, graded=4, jobs=4, answers=4)

    terms = replace(TERMS, repeats=4)
    then = row_of([answered(4)] * 20, terms=terms)
    for worse, outcome in (
        (5, CheckOutcome.PASSED),
        (6, CheckOutcome.FAILED),
    ):  # 2/2^5 and 2/2^6, however many repeats were lost
        now = row_of([*[answered(0)] * worse, *[answered(4)] * (20 - worse)], terms=terms)
        assert outcomes(held(then, now))["accuracy"] is outcome


def test_accuracy_over_too_few_samples_is_no_check() -> None:
    row = row_of(scores(5, 0))
    found = held(row, row)
    assert outcomes(found)["accuracy"] is CheckOutcome.SKIPPED
    assert "6 or more" in why(found, "accuracy")


@pytest.mark.parametrize(("then", "now", "said"), [(1, 0, "1 lost (s000)"), (0, 1, "1 gained (s000)")])
def test_one_changed_verdict_of_a_simulated_row_fails_either_way(then: int, now: int, said: str) -> None:
    others = scores(30, 0)
    found = held(row_of([sample(correct=then), *others], terms=SIM), row_of([sample(correct=now), *others], terms=SIM))
    assert found.exit_code == EXIT_CHECK_FAILED
    assert said in why(found, "accuracy")


def test_failed_job_is_not_a_lost_answer() -> None:
    gone = replace(sample(correct=0), graded=0, answers=0, completion_tokens=0, prompt_tokens=0)
    then = row_of(scores(30, 0))
    now = replace(row_of([gone, *scores(29, 0)]), failed=1, attempts_failed={"stream_truncated": 3})
    found = held(then, now)
    assert outcomes(found)["accuracy"] is CheckOutcome.PASSED
    assert outcomes(found)["errors"] is CheckOutcome.FAILED
    assert why(found, "errors") == "1 more: stream_truncated 0 -> 3"


# Which rows may be compared


@all_cases(
    ("changed", "said"),
    [
        (replace(TERMS, content_hash="sha256:1"), "content hash was sha256:0, is sha256:1"),
        (replace(TERMS, grader_versions=("1", "2")), "grader versions was 1, is 1, 2"),
        (replace(TERMS, settings="temperature=0.5"), "settings was none, is temperature=0.5"),
        (replace(TERMS, dialect_version=2), "dialect version was 1, is 2"),
        (replace(TERMS, service_tier="flex"), "service tier was none, is flex"),
    ],
)
def test_other_terms_are_named_and_compared_only_when_allowed(changed: RunSettings, said: str) -> None:
    then, now = baseline(row_of(scores(30, 0))), baseline(row_of(scores(30, 0), terms=changed))
    found = run_gate(then, now, STANDARD, allow_changed=False)
    assert (found.exit_code, outcomes(found)) == (EXIT_INCOMPLETE, {"comparable": CheckOutcome.INCONCLUSIVE})
    assert said in why(found, "comparable")
    allowed = run_gate(then, now, STANDARD, allow_changed=True)
    assert allowed.exit_code == EXIT_OK
    assert any(said in note for note in allowed.notes)


def test_samples_that_were_not_asked_again_are_named() -> None:
    then, now = baseline(row_of(scores(30, 0))), baseline(row_of(scores(20, 0)))
    found = run_gate(then, now, STANDARD, allow_changed=False)
    assert "10 of 30 samples missing from this run (s020, s021, s022, ...)" in why(found, "comparable")
    assert run_gate(now, then, STANDARD, allow_changed=False).exit_code == EXIT_INCOMPLETE
    assert run_gate(then, now, STANDARD, allow_changed=True).exit_code == EXIT_OK


@pytest.mark.parametrize(
    ("extra_in_run", "said"), [(True, "the baseline has no such row"), (False, "the run has no such")]
)
def test_row_on_one_side_is_open_or_left_out_as_asked(said: str, *, extra_in_run: bool) -> None:
    few = baseline(row_of(scores(30, 0)))
    many = baseline(row_of(scores(30, 0)), row_of(scores(30, 0), model="acme/two"))
    then, now = (few, many) if extra_in_run else (many, few)
    found = run_gate(then, now, STANDARD, allow_changed=False)
    assert found.exit_code == EXIT_INCOMPLETE
    assert said in why(found, "comparable")
    assert run_gate(then, now, STANDARD, allow_changed=True).exit_code == EXIT_OK


def test_nothing_in_common_is_no_success_even_when_allowed() -> None:
    then, now = baseline(row_of(scores(30, 0))), baseline(row_of(scores(30, 0), model="acme/two"))
    assert run_gate(then, now, STANDARD, allow_changed=True).exit_code == EXIT_INCOMPLETE


@pytest.mark.parametrize(
    ("changes", "said"), [({"planned": 31}, "1 of 31 jobs not done"), ({"terms": SIM}, "the run is SIMULATED")]
)
def test_unfinished_and_made_up_rows_are_never_compared(changes: Mapping[str, object], said: str) -> None:
    then = row_of(scores(30, 0))
    now = replace(then, **changes)  # type: ignore[arg-type]  # each field has its own type
    found = run_gate(baseline(then), baseline(now), STANDARD, allow_changed=True)
    assert found.exit_code == EXIT_INCOMPLETE
    assert said in why(found, "comparable")


def test_failed_check_outweighs_one_that_could_not_be_made() -> None:
    then = baseline(row_of(scores(30, 0)), row_of(scores(30, 0), model="acme/two"))
    now = baseline(row_of([*scores(0, 20), *scores(10, 0)]))
    assert run_gate(then, now, STANDARD, allow_changed=False).exit_code == EXIT_CHECK_FAILED


def _with_errors(row: ModelTotals, names: Sequence[str]) -> ModelTotals:
    """The row with a failed job without answer on each of those samples, and the sums that follow."""
    lost = SampleTotals(
        correct=0, graded=0, jobs=1, answers=0, usd=Decimal("0.01"), prompt_tokens=0, completion_tokens=0
    )
    samples = {name: lost if name in names else one for name, one in row.samples.items()}
    return replace(row, samples=samples, failed=len(names), attempts_failed={"timeout": len(names)})


@pytest.mark.parametrize("terms", [TERMS, SIM])
def test_errors_of_samples_only_the_run_holds_do_not_fail_when_changes_are_allowed(terms: RunSettings) -> None:
    then = row_of([sample()] * 40, terms=terms)
    names = list(then.samples)
    more = row_of([sample()] * 60, terms=terms)
    new = [name for name in more.samples if name not in names]
    assert len(new) == 20
    now = _with_errors(more, new)  # 20 further samples, all failed: of the 40 shared ones none is worse
    found = run_gate(baseline(then), baseline(now), STANDARD, allow_changed=True)
    assert found.exit_code == EXIT_OK, [one for one in found.findings if one.outcome is CheckOutcome.FAILED]
    (errors,) = [one for one in found.findings if one.check == "errors"]
    assert (errors.then, errors.now) == ("0", "0")
    (accuracy,) = [one for one in found.findings if one.check == "accuracy"]
    assert (accuracy.then, accuracy.now) == ("40 of 40", "40 of 40")


def test_errors_of_shared_samples_fail_when_changes_are_allowed() -> None:
    then, more = row_of([sample()] * 40), row_of([sample()] * 60)
    now = _with_errors(more, list(then.samples)[:3])
    found = run_gate(baseline(then), baseline(now), STANDARD, allow_changed=True)
    (errors,) = [one for one in found.findings if one.check == "errors"]
    assert (errors.outcome, errors.then, errors.now) == (CheckOutcome.FAILED, "0", "3")


def test_twice_the_repeats_may_hold_twice_the_errors() -> None:
    half = SampleTotals(
        correct=1, graded=1, jobs=2, answers=1, usd=Decimal("0.01"), prompt_tokens=10, completion_tokens=100
    )
    quarter = SampleTotals(
        correct=2, graded=2, jobs=4, answers=2, usd=Decimal("0.02"), prompt_tokens=20, completion_tokens=200
    )
    then = row_of([half] * 40, terms=replace(TERMS, repeats=2))
    now = row_of([quarter] * 40, terms=replace(TERMS, repeats=4))
    found = run_gate(baseline(then), baseline(now), STANDARD, allow_changed=True)
    (errors,) = [one for one in found.findings if one.check == "errors"]
    assert (errors.outcome, errors.then, errors.now) == (CheckOutcome.PASSED, "40", "80")


def _timed(row: ModelTotals, seconds: Mapping[str, float]) -> ModelTotals:
    """The row with one timing for each of those samples, and the median that follows."""
    samples = {
        name: replace(one, total_s=(seconds[name],)) if name in seconds else one for name, one in row.samples.items()
    }
    return replace(row, samples=samples, total_s=TimingStats.of(one.total_s for one in samples.values()))


def test_latency_covers_shared_samples_only_when_changes_are_allowed() -> None:
    """The run's 60 further samples take 9 s: its median is 9 s over all, and 2 s over the 40 that both hold."""
    then, more = row_of([sample()] * 40), row_of([sample()] * 100)
    now = _timed(more, {name: 2.0 if name in then.samples else 9.0 for name in more.samples})
    then = _timed(then, dict.fromkeys(then.samples, 2.0))
    asked = Tolerances(latency=1.5)
    found = run_gate(baseline(then), baseline(now), asked, allow_changed=True)
    (latency,) = [one for one in found.findings if one.check == "latency p50"]
    assert (latency.outcome, latency.now) == (CheckOutcome.PASSED, "2.00 s (n 40)")
    slow = _timed(more, {name: 9.0 if name in then.samples else 2.0 for name in more.samples})
    found = run_gate(baseline(then), baseline(slow), asked, allow_changed=True)
    (latency,) = [one for one in found.findings if one.check == "latency p50"]
    assert (latency.outcome, latency.now) == (CheckOutcome.FAILED, "9.00 s (n 40)")


def test_baseline_with_times_of_the_row_alone_is_not_compared_with_other_samples() -> None:
    then = replace(row_of([sample()] * 40), total_s=TimingStats(median=2.0, low=1.9, high=2.1, n=40))
    more = row_of([sample()] * 60)
    now = _timed(more, dict.fromkeys(more.samples, 9.0))
    found = run_gate(baseline(then), baseline(now), Tolerances(latency=1.5), allow_changed=True)
    (latency,) = [one for one in found.findings if one.check == "latency p50"]
    assert latency.outcome is CheckOutcome.SKIPPED
    assert "for the whole row only" in latency.why
