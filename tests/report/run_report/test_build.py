"""What a report says of runs whose contents are known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core.types import FinishReason, Usage, Verdict
from harness.report.render.formats import OutputFormat, render
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from tests.report.runs import answer, endpoint, failure
from tests.report.written_runs import Maker, only


def test_answers_taken_over_are_said_with_what_this_run_itself_spent(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=2)
    run.job(one, 0, [answer()], Verdict.CORRECT, reused_from="old")
    run.job(one, 1, [answer()], Verdict.CORRECT)
    comparison = build_run_report(run.data)
    # one answer: 1000 x 1 + 100 x 4 = 1400 per million: 0.0014; the table counts both
    assert only(comparison).spent_usd == Decimal("0.0028")
    (note,) = [note for note in comparison.notes if "reused" in note]
    assert "1 of 2 jobs" in note
    assert note.endswith("this run itself spent $0.0014")


def test_answers_without_a_finish_reason_are_counted_in_a_note(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=2)
    run.job(one, 0, [answer()], Verdict.CORRECT)
    run.job(one, 1, [replace(answer(), finish_reason=FinishReason.NOT_GIVEN)], Verdict.CORRECT)
    notes = build_run_report(run.data).notes
    assert (
        "acme/one on sums: 1 answer came without a finish reason and may be cut off (--accept-unfinished took them)"
        in notes
    )


def test_unfinished_job_marks_the_run_incomplete_and_its_dollars_count(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    cut = failure(usage=Usage(prompt_tokens=1000, completion_tokens=0))
    run.job(one, 0, [cut], is_final=False)
    comparison = build_run_report(run.data)
    assert not comparison.is_complete
    assert only(comparison).spent_usd == Decimal("0.001000")  # 1000 prompt tokens at 1 per million
    assert "incomplete" in render(document(comparison), OutputFormat.TEXT)


def test_repeats_of_one_sample_do_not_count_as_independent(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=2, repeats=8)
    for repeat in range(8):
        run.job(one, 0, [answer()], Verdict.CORRECT, repeat=repeat)
        run.job(one, 1, [answer()], Verdict.WRONG, repeat=repeat)
    found = only(build_run_report(run.data)).accuracy
    assert found is not None
    # all spread lies between two samples: two independent draws, Wilson [0.0945, 0.9055]
    assert found.low < 0.1
    assert found.high > 0.9
