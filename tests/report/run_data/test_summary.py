"""Totals of one model on one task: accuracy, dollars, timings."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from harness.core.types import FailureKind, Usage, Verdict
from harness.report.render.formats import OutputFormat, render
from harness.report.run_report.build import build_run_report
from harness.report.run_report.columns import COLUMNS
from harness.report.run_report.render import document
from tests.report.runs import answer, endpoint, failure, timing
from tests.report.written_runs import Maker, only


def test_failed_job_is_counted_apart_and_never_lowers_the_accuracy(writer: Maker) -> None:
    one = endpoint()
    run = writer(one)
    run.job(one, 0, [answer()], Verdict.CORRECT)
    run.job(one, 1, [answer()], Verdict.CORRECT)
    run.job(one, 2, [failure(FailureKind.SERVER_ERROR)])
    run.job(one, 3, [answer()], Verdict.WRONG)
    found = only(build_run_report(run.data))
    assert (found.graded, found.correct, found.failed) == (3, 2, 1)
    assert found.accuracy is not None
    assert found.accuracy.estimate == pytest.approx(2 / 3)


def test_grader_error_is_in_no_accuracy_and_is_said(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=2)
    run.job(one, 0, [answer()], Verdict.CORRECT)
    run.job(one, 1, [answer()], Verdict.GRADER_ERROR)
    comparison = build_run_report(run.data)
    assert only(comparison).graded == 1
    assert any("could not be graded" in note and "(1 x " in note for note in comparison.notes)


def test_retried_attempt_that_reported_usage_is_paid_for(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    cut = failure(usage=Usage(prompt_tokens=1000, completion_tokens=50))
    run.job(one, 0, [cut, answer()], Verdict.CORRECT)
    # cut: 1000 x 1 + 50 x 4 = 1200; answer: 1000 x 1 + 100 x 4 = 1400; per million: 0.0026
    assert only(build_run_report(run.data)).spent_usd == Decimal("0.002600")


def test_one_unknown_cost_makes_the_dollars_unknown_and_says_why(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=2)
    run.job(one, 0, [answer()], Verdict.CORRECT)
    run.job(one, 1, [answer(usage=None)], Verdict.CORRECT)
    comparison = build_run_report(run.data)
    assert only(comparison).spent_usd is None
    assert only(comparison).usd_per_correct is None
    assert any("cost unknown, in part or whole, for 1 job (the rest: $0.0014)" in note for note in comparison.notes)
    assert "?" in render(document(comparison), OutputFormat.TEXT)


def test_no_correct_answer_leaves_dollars_per_correct_undefined(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    run.job(one, 0, [answer()], Verdict.WRONG)
    comparison = build_run_report(run.data)
    assert only(comparison).usd_per_correct is None
    assert any("no correct answer" in note for note in comparison.notes)


def test_attempt_whose_outcome_never_came_makes_the_dollars_unknown(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=3)
    run.job(one, 0, [answer()], Verdict.CORRECT)
    run.job(one, 1, [answer()], Verdict.CORRECT, lost=2)  # sent again by a later session
    run.job(one, 2, [], lost=1)
    comparison = build_run_report(run.data)
    summary = only(comparison)
    assert summary.spent_usd is None
    assert summary.usd_per_correct is None
    assert summary.unpriced.total() == 2
    assert "sent, outcome unknown: acme/one on sums 3; these attempts may have cost at most $3.00" in comparison.notes


def test_timing_with_a_large_error_is_left_out_and_counted(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=3)
    run.job(one, 0, [answer(at=timing(ttft_s=0.5))], Verdict.CORRECT)
    run.job(one, 1, [answer(at=timing(ttft_s=0.9, lag_s=0.03))], Verdict.CORRECT)
    run.job(one, 2, [answer(at=timing(ttft_s=0.04, lag_s=0.005))], Verdict.CORRECT)  # above 10% of 40 ms
    comparison = build_run_report(run.data)
    assert only(comparison).ttft_s.usable_quantile(0.5) == pytest.approx(0.7)
    assert any("measurement error" in note and note.endswith(" 1 of 3") for note in comparison.notes)
    (row,) = json.loads(render(document(comparison), OutputFormat.JSON))["rows"]
    assert row["ttft_s"] == pytest.approx(0.7)
    assert row["timings"]["ttft_s"] == {  # between (0.5 + 0.87) / 2 and (0.5 + 0.9) / 2
        "p50": pytest.approx(0.7),
        "error": pytest.approx(0.015),
        "is_usable": True,
        "n": 2,
        "left_out": 1,
    }


def test_timings_that_all_have_a_large_error_are_shown_as_measured(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    run.job(one, 0, [answer(at=timing(total_s=2.0, ttft_s=0.5, lag_s=0.3))], Verdict.CORRECT)
    comparison = build_run_report(run.data)
    cells = {column.key: column.text(only(comparison)) for column in COLUMNS}
    assert cells["ttft_s"] == "0.50±0.30? / 0.50±0.30?"
    assert cells["seconds_per_task"] == "2.00±0.30?"
    values = {column.key: column.value(only(comparison)) for column in COLUMNS}
    assert (values["ttft_s"], values["seconds_per_task"], values["output_tokens_per_s"]) == (None, None, None)
    note = "sums: where all timings of a model have such an error, they are shown as measured, with a ?"
    assert comparison.notes[-1] == note


def test_hidden_reasoning_does_not_count_as_output_speed(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    hidden = Usage(prompt_tokens=10, completion_tokens=1031, reasoning_tokens=1000)
    run.job(one, 0, [answer(usage=hidden, at=timing(total_s=2.0, ttft_s=0.5))], Verdict.CORRECT)
    # 1031 - 1000 hidden = 31 tokens in 1.5 s
    assert only(build_run_report(run.data)).tokens_per_s.usable_quantile(0.5) == pytest.approx(31 / 1.5)


def test_visible_reasoning_does_not_count_as_output_speed(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    shown = Usage(prompt_tokens=10, completion_tokens=31, reasoning_tokens=20)
    run.job(one, 0, [answer(usage=shown, at=timing(total_s=2.0, ttft_s=0.5), reasoning="hm")], Verdict.CORRECT)
    assert only(build_run_report(run.data)).tokens_per_s.usable_quantile(0.5) == pytest.approx(
        11 / 1.5
    )  # 31 - 20 tokens in 1.5 s
