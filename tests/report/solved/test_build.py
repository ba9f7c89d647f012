"""Figures per solved task, worked by hand from a log of three conversations."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.conversations import ConversationEnd, feedback_rules
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Failure, FailureKind, Grade, Timing, Verdict
from harness.pricing.attempts import sum_costs
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobResult
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from harness.report.solved.build import SolvedFigures, SolvedRow
from harness.run.execution.grade_pool import GradeRequest
from harness.stats.intervals import ConfidenceInterval, Undefined
from tests.run.conversation.test_feedback import Patient
from tests.run.execution.scenes import scene
from tests.run.scripted_run import Model
from tests.virtual_time import run_virtually


class Sometimes(Patient):
    """As Patient, of s000 and s005; the others are never found correct."""

    async def grade(self, request: GradeRequest) -> Grade:
        found = await Patient.grade(self, request)
        return found if request.sample.id in ("s000", "s005") else replace(found, verdict=Verdict.WRONG)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    """s000 is correct at once, s001 in its second answer, s002 in its third, s003 never."""
    one = scene(tmp_path_factory.mktemp("solved"), Model(name="m"), prompts=4, conversation=feedback_rules(2))
    run_virtually(one.session(grader=Patient()).go())
    return RunData.load(one.run)


def test_each_round_solves_what_its_answers_solved(data: RunData) -> None:
    rows = list(SolvedFigures.of(data).rows(data, "t"))
    assert [(row.rounds, row.solved.estimate) for row in rows] == [(0, 0.25), (1, 0.5), (2, 0.75)]
    # 4 first answers; then 3 failed ones get a second; then 2 a third
    assert [row.steps for row in rows] == [4 / 4, 7 / 4, 9 / 4]


def test_of_many_rounds_those_that_solved_more_have_a_row(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="m"), prompts=7, conversation=feedback_rules(20))
    run_virtually(one.session(grader=Sometimes()).go())
    data = RunData.load(one.run)
    rows = list(SolvedFigures.of(data).rows(data, "t"))
    # s000 is solved at once, s005 in its sixth answer, the others never
    assert [(row.rounds, row.solved.estimate) for row in rows] == [(0, 1 / 7), (5, 2 / 7), (20, 2 / 7)]


def test_dollars_per_solved_job_are_those_of_all_jobs_up_to_that_round(data: RunData) -> None:
    rows = list(SolvedFigures.of(data).rows(data, "t"))
    results = list(data.results())
    spent = [[float(cost.usd) for cost in one.attempt_costs] for one in results]  # type: ignore[union-attr]
    for row in rows:
        assert row.rounds is not None
        wanted = sum(sum(each[: row.rounds + 1]) for each in spent) / (row.rounds + 1)  # so many are solved by then
        assert row.usd.estimate == pytest.approx(wanted)
        assert isinstance(row.usd, ConfidenceInterval)
        assert row.usd.low < wanted < row.usd.high


def test_tokens_that_are_not_reported_leave_their_figure_undefined(data: RunData) -> None:
    (first, *_) = SolvedFigures.of(data).rows(data, "t")
    assert isinstance(first.cached_tokens, Undefined)  # the scripted provider says nothing of a cache
    assert first.cached_tokens.reason == "not known of 4 of 4 jobs"


def test_dollars_are_those_of_all_attempts_and_unknown_where_one_was_lost(data: RunData) -> None:
    first, *others = data.results()
    dear, late = Cost(usd=Decimal(7), lines=(), price_id="p"), CostUnknown(reason="sent, outcome unknown")
    failure = Failure(kind=FailureKind.SERVER_ERROR, message="", is_retryable=True, timing=Timing())
    followed = replace(
        first,
        call=replace(first.call, attempts=(*first.call.attempts, failure)),
        attempt_costs=(*first.attempt_costs, dear),
    )

    def rows_of(result: JobResult) -> list[SolvedRow]:
        figures = SolvedFigures()
        for one in (result, *others):
            figures.add(one)
        return list(figures.rows(data, "t"))

    plain, more = rows_of(first)[0].usd, rows_of(followed)[0].usd
    assert plain.estimate is not None
    assert more.estimate == pytest.approx(plain.estimate + 7)  # one of four first answers is correct
    assert {row.usd for row in rows_of(replace(first, spent=late))} == {Undefined(reason="not known of 1 of 4 jobs")}

    # an attempt of the last turn whose dollars are unknown says nothing of when the lost one was sent
    *_, longest = results = list(data.results())
    assert len(longest.attempt_costs) == 3
    last_unknown = (*longest.attempt_costs[:-1], CostUnknown(reason="no usage"))
    plain_last = replace(longest, attempt_costs=last_unknown, spent=sum_costs(last_unknown))
    others = results[:-1]
    assert isinstance(rows_of(plain_last)[0].usd, ConfidenceInterval)
    lost_too = replace(plain_last, spent=late)
    assert {row.usd for row in rows_of(lost_too)} == {Undefined(reason="not known of 1 of 4 jobs")}


def test_commands_count_towards_the_minutes(data: RunData) -> None:
    figures = SolvedFigures()
    for result in data.results():
        end = ConversationEnd(reason="Submitted", tool_calls=3, tool_s=60.0)
        figures.add(replace(result, call=replace(result.call, end=end)))
    plain, with_tools = SolvedFigures.of(data), figures
    before = list(plain.rows(data, "t"))[-1].minutes.estimate
    row = list(with_tools.rows(data, "t"))[-1]
    assert before is not None
    assert row.minutes.estimate == pytest.approx(before + 4 / 3)  # a minute of 4 jobs each, 3 of them solved
    assert row.tool_calls == 3


def test_a_report_shows_the_table_and_its_records(data: RunData) -> None:
    found = document(build_run_report(data))
    titles = [table.title for section in found.sections for table in section.tables]
    assert "per solved task, by number of feedback rounds" in titles
    rows = json.loads(json.dumps(found.record, default=str))["per_solved"]["t"]
    assert [row["rounds"] for row in rows] == [0, 1, 2]
    assert rows[2]["solved"]["estimate"] == 0.75


def test_errors_of_the_grader_are_left_out(data: RunData) -> None:
    figures = SolvedFigures()
    for result in data.results():
        assert result.grade is not None
        figures.add(replace(result, grade=replace(result.grade, verdict=Verdict.GRADER_ERROR)))
    assert list(figures.rows(data, "t")) == []
