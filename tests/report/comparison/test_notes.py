"""Sentences under a comparison: what is missing, what differs, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.report.comparison.build import compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.comparison.render import document
from harness.report.render.formats import OutputFormat, render
from harness.report.run_data.load import RunData
from harness.stats.intervals import Undefined
from tests.report.comparison.compared import (
    ONE,
    RIGHT,
    TWO,
    Maker,
    compared,
    figure,
    scored,
    table_of,
    versus_baseline,
)
from tests.report.runs import answer


def test_ratio_over_jobs_without_a_price_is_refused_with_the_reason(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 9)
    run.job(TWO, 9, [answer(usage=None)], RIGHT)
    found = compared(run)
    row = table_of(found).rows[1]
    assert isinstance(versus_baseline(row).values["cost_ratio"], Undefined)
    assert figure(row.values["share_priced"]).estimate == pytest.approx(0.9)
    assert any("1 of 10 jobs is unknown" in note and "$/job ratio" in note for note in found.notes)
    line = next(
        line
        for line in render(document(found), OutputFormat.MARKDOWN).splitlines()
        if line.startswith("| acme/two") and " 90% " in line
    )
    assert line.split("|")[2].strip() == "?"


def test_a_model_without_any_outcome_is_named_and_left_out(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=1)
    scored(run, ONE, [RIGHT])
    found = compared(run)
    assert [row.model_run.label for row in table_of(found).rows] == ["acme/one"]
    assert "acme/two of run0 has no outcome yet and is left out" in found.notes


def test_grades_of_several_versions_of_a_grader_are_said(writer: Maker, tmp_path: Path) -> None:
    first, second = writer(ONE, samples=1), writer(TWO, samples=1)
    scored(first, ONE, [RIGHT])
    scored(second, TWO, [RIGHT])
    grades = tmp_path / "run1" / "grades.jsonl"
    grades.write_text(grades.read_text().replace('"grader_version":"1"', '"grader_version":"2"'))
    notes = compare_models(
        load_compared_runs([first.data, RunData.load(tmp_path / "run1")], allow_mixed=False), baseline=None
    ).notes
    assert any("grader math graded in several versions: 1 in run0, 2 in run1" in note for note in notes)
