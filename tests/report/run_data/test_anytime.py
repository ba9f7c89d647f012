"""What a report and a comparison say of a run that was free to stop early."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.core.types import Verdict
from harness.report.comparison.build import compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.render.formats import OutputFormat, render
from harness.report.run_data.anytime import anytime_accuracy, anytime_difference
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from harness.stats.anytime import MeanConfidenceSequence
from harness.stats.intervals import ConfidenceInterval, wilson
from harness.store.run_dir import RunDir
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint(), endpoint("acme/two")


@pytest.fixture
def stopped(tmp_path: Path) -> RunDir:
    """A run of 100 samples that stopped after 60: the first model is right on all, the second on none."""
    writer = RunWriter(tmp_path / "run", endpoints=(ONE, TWO), samples=100)
    for sample in range(60):
        writer.job(ONE, sample, [answer()], Verdict.CORRECT)
        writer.job(TWO, sample, [answer()], Verdict.WRONG)
    writer.close()
    manifest = writer.run.manifest()
    words = "every pair of models is told apart; 80 of 200 jobs were not sent, about $0.11 saved"
    writer.run.rewrite_manifest(replace(manifest, until_separated=True, stopped_early=words))
    return writer.run


def test_report_is_complete_and_its_intervals_are_anytime_valid(stopped: RunDir) -> None:
    found = build_run_report(RunData.load(stopped))
    assert found.is_complete
    text = render(document(found), OutputFormat.TEXT)
    assert "stopped early: every pair of models is told apart; 80 of 200 jobs were not sent" in text
    assert "95% anytime-valid CIs" in text
    assert "incomplete" not in text
    assert "not done yet" not in text
    accuracy = found.tables[0].summaries[0].accuracy
    assert accuracy is not None
    assert accuracy.low < wilson(60, 60)[0]  # wider than an interval of a run of fixed size
    assert "valid at every n" in render(document(found), OutputFormat.JSON)


def test_run_that_was_not_free_to_stop_has_ordinary_intervals(stopped: RunDir) -> None:
    stopped.rewrite_manifest(replace(stopped.manifest(), until_separated=False, stopped_early=None))
    found = build_run_report(RunData.load(stopped))
    assert not found.is_complete
    assert "anytime" not in render(document(found), OutputFormat.TEXT)


def test_run_that_was_free_to_stop_and_did_not_needs_the_same_intervals(stopped: RunDir) -> None:
    stopped.rewrite_manifest(replace(stopped.manifest(), stopped_early=None))
    text = render(document(build_run_report(RunData.load(stopped))), OutputFormat.TEXT)
    assert "anytime-valid" in text
    assert "stopped early: no, though the run was free to" in text


def test_comparison_says_that_its_tables_are_of_fixed_size_and_adds_what_holds(stopped: RunDir) -> None:
    notes = compare_models(load_compared_runs([RunData.load(stopped)], allow_mixed=False), baseline=None).notes
    assert any("run could stop early" in note and "fixed size" in note for note in notes)
    assert any("acme/two against acme/one, anytime-valid: " in note for note in notes)
    assert not any("are not done" in note for note in notes)


def test_samples_are_taken_in_the_order_they_were_asked() -> None:
    per_sample = {f"s{number}": (int(number < 30), 1) for number in range(60)}
    asked = [f"s{number}" for number in range(60)]
    found = anytime_accuracy(asked, per_sample)
    sequence = MeanConfidenceSequence()
    sequence.extend(np.array([1.0] * 30 + [0.0] * 30))
    assert found == sequence.interval()
    assert anytime_accuracy([*reversed(asked)], per_sample) != found


def test_only_samples_both_have_are_in_a_difference() -> None:
    asked = [f"s{number}" for number in range(40)]
    first = dict.fromkeys(asked, 1.0)
    second = dict.fromkeys(asked[:30], 0.0)
    found = anytime_difference(asked, first, second)
    assert isinstance(found, ConfidenceInterval)
    assert found == anytime_difference(asked[:30], first, second)
    assert found.low > 0


def test_no_grade_gives_no_interval() -> None:
    assert anytime_accuracy(["s1"], {}) is None
