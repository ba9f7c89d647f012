"""Findings of grades in a report and in a comparison: shares worked out by hand, pairs, and runs without any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.grading.tool_calls.grader import FINDINGS as GRADED
from harness.report.comparison.render import document
from harness.report.findings.build import FindingsRow
from harness.report.findings.titles import FINDING_TITLES
from harness.report.render.formats import OutputFormat, render
from harness.report.run_data.records import findings_text, read_findings
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document as report_document
from harness.stats.comparisons import COMPARISONS
from harness.stats.intervals import Undefined
from harness.stats.metrics import FINDINGS, METRICS
from tests.report.comparison.compared import compared, figure, table_of
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint(), endpoint("acme/two")
SAMPLES = 10


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    """One has valid JSON in all answers, two in six of ten; of both, every other answer has a right tool."""
    made = RunWriter(tmp_path / "run", endpoints=[ONE, TWO], samples=SAMPLES)
    for who, valid in ((ONE, 10), (TWO, 6)):
        for number in range(SAMPLES):
            findings = {"valid_json": number < valid, "right_tool": number % 2 == 0}
            if number == 9:
                del findings["right_tool"]
            made.job(who, number, [answer()], Verdict.CORRECT, findings=findings)
    made.close()
    return made


def rows(run: RunWriter) -> tuple[FindingsRow, FindingsRow]:
    first, second = table_of(compared(run)).findings
    return first, second


def test_the_same_findings_have_a_metric_a_difference_and_a_title() -> None:
    assert list(FINDINGS) == list(GRADED) == list(FINDING_TITLES)
    assert set(FINDINGS) <= set(METRICS)
    assert {f"{name}_difference" for name in FINDINGS} <= set(COMPARISONS)


def test_shares_are_of_the_answers_that_a_finding_is_of(run: RunWriter) -> None:
    first, second = rows(run)
    assert [figure(row.shares["valid_json"]).estimate for row in (first, second)] == [1.0, 0.6]
    assert figure(first.shares["right_tool"]).estimate == pytest.approx(5 / 9)  # the tenth answer leaves it open
    assert isinstance(first.shares["schema"], Undefined)


def test_differences_are_paired_by_sample(run: RunWriter) -> None:
    first, second = rows(run)
    assert first.differences is None
    assert second.differences is not None
    versus = figure(second.differences["valid_json"])
    assert versus.estimate == pytest.approx(-0.4)
    assert versus.low < -0.4 < versus.high
    assert figure(second.differences["right_tool"]).estimate == 0.0
    assert isinstance(second.differences["stop_reason"], Undefined)


def test_the_comparison_shows_both_tables_and_records_them(run: RunWriter) -> None:
    found = document(compared(run))
    text = render(found, OutputFormat.TEXT)
    assert "each model: tool calls" in text
    assert "tool calls, difference to acme/one (pp)" in text
    record = json.loads(render(found, OutputFormat.JSON))["tables"][0]["findings"]
    assert record[1]["shares"]["valid_json"]["estimate"] == 0.6
    assert record[0]["differences"] is None


def test_a_report_has_a_column_for_each_finding(run: RunWriter) -> None:
    report = build_run_report(run.data)
    first, second = report.tables[0].summaries
    found = second.share_found("valid_json")
    assert found is not None
    assert found.estimate == 0.6
    assert first.share_found("schema") is None
    text = render(report_document(report), OutputFormat.TEXT)
    assert all(title in text for title, _ in FINDING_TITLES.values())


def test_runs_without_findings_show_none(tmp_path: Path) -> None:
    plain = RunWriter(tmp_path / "plain", endpoints=[ONE, TWO], samples=4)
    for who in (ONE, TWO):
        for number in range(4):
            plain.job(who, number, [answer()], Verdict.CORRECT)
    plain.close()
    assert table_of(compared(plain)).findings == ()
    assert "findings" not in json.loads(render(document(compared(plain)), OutputFormat.JSON))["tables"][0]
    assert "valid JSON" not in render(report_document(build_run_report(plain.data)), OutputFormat.TEXT)


def test_findings_survive_as_text() -> None:
    found = {"valid_json": True, "schema": False}
    assert read_findings(findings_text(found) or "") == found
    assert findings_text(None) is None
    assert findings_text({}) is None
