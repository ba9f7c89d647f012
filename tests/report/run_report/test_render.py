"""A report of a run in every format."""

from __future__ import annotations

import csv
import io
import json

from harness.core.types import FailureKind, Usage, Verdict
from harness.report.render.formats import OutputFormat, render
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from tests.report.runs import answer, endpoint, failure
from tests.report.written_runs import Maker, only


def test_all_failed_gives_a_stated_answer_in_every_format(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    run.job(one, 0, [failure(FailureKind.UNAUTHORIZED)])
    comparison = build_run_report(run.data)
    for form in OutputFormat:
        text = render(document(comparison), form)
        assert "nan" not in text.lower().replace("finance", "")
        assert "inf" not in text.lower().replace("info", "")
    assert only(comparison).accuracy is None


def test_words_of_a_provider_that_ended_a_job_are_in_the_notes_on_one_line(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=3)
    run.job(one, 0, [failure(FailureKind.BAD_REQUEST, said="no <b>max_tokens</b>\n\x1b[2Jhere")])
    run.job(one, 1, [failure(FailureKind.BAD_REQUEST, said="another")])
    run.job(one, 2, [failure(FailureKind.SERVER_ERROR, said="not last"), answer()], Verdict.CORRECT)
    ended = [note for note in build_run_report(run.data).notes if "ended without" in note]
    assert ended == [
        'acme/one on sums: 2 of 3 jobs ended without a response: bad_request, such as "no (b)max_tokens(/b) [2Jhere"'
    ]


def test_every_format_says_simulated_when_any_row_is(writer: Maker) -> None:
    real, made_up = endpoint(), endpoint("sim/two", simulated=True)
    run = writer(real, made_up, samples=1)
    run.job(real, 0, [answer()], Verdict.CORRECT)
    run.job(made_up, 0, [answer()], Verdict.CORRECT)
    comparison = build_run_report(run.data)
    for form in OutputFormat:
        assert "SIMULATED" in render(document(comparison), form)
    assert "~ sim/two" in render(document(comparison), OutputFormat.TEXT)
    assert "~ acme/one" not in render(document(comparison), OutputFormat.TEXT)


def test_live_run_does_not_say_simulated(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    run.job(one, 0, [answer()], Verdict.CORRECT)
    assert "SIMULATED" not in render(document(build_run_report(run.data)), OutputFormat.MARKDOWN)


def test_csv_and_json_hold_exact_dollars_as_text(writer: Maker) -> None:
    one = endpoint()
    run = writer(one, samples=1)
    run.job(one, 0, [answer(usage=Usage(prompt_tokens=1, completion_tokens=1))], Verdict.CORRECT)
    comparison = build_run_report(run.data)
    (row,) = csv.DictReader(io.StringIO(render(document(comparison), OutputFormat.CSV)))
    assert row["spent_usd"] == "0.000005"  # (1 x 1 + 1 x 4) / 1,000,000
    assert json.loads(render(document(comparison), OutputFormat.JSON))["rows"][0]["spent_usd"] == "0.000005"


def test_html_escapes_what_comes_from_outside(writer: Maker) -> None:
    one = endpoint("acme/<script>alert(1)<")
    run = writer(one, samples=1)
    assert "<script>" not in render(document(build_run_report(run.data)), OutputFormat.HTML)
