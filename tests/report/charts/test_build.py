"""Every chart of a run, and the trend over two."""

from __future__ import annotations

import json
from pathlib import Path

from harness.core.types import Verdict
from harness.report.charts.build import OF_A_TASK, charts, missing_from_charts, read_figures
from harness.report.charts.theme import NARROW, WIDE
from harness.store.run_dir import RunDir
from tests.report.runs import RunWriter, answer, endpoint


def run_of(path: Path) -> RunDir:
    """Two models of which the first is better, 12 samples."""
    models = [endpoint("acme/one"), endpoint("acme/two", simulated=True)]
    run = RunWriter(path, endpoints=[*models, endpoint("acme/idle")], samples=12)
    for place, who in enumerate(models):
        for sample in range(12):
            run.job(who, sample, [answer()], Verdict.CORRECT if sample < 9 - 5 * place else Verdict.WRONG)
    run.close()
    return run.run


def test_a_run_has_every_chart_of_a_task_and_no_trend(tmp_path: Path) -> None:
    found = charts(read_figures([run_of(tmp_path / "a")]))
    assert [one.name for one in found] == list(OF_A_TASK)
    assert all("<svg" in one.html() for one in found)


def test_two_runs_of_a_task_have_a_trend(tmp_path: Path) -> None:
    found = charts(read_figures([run_of(tmp_path / "a"), run_of(tmp_path / "b")]))
    (trend,) = (one for one in found if one.name == "trend")
    spec = trend.make(WIDE)
    assert spec is not None
    assert {row["run"] for row in spec["data"]["values"]} == {"2026-11-20 a", "2026-11-20 b"}


def test_models_without_jobs_or_dollars_are_left_out_and_simulated_ones_marked(tmp_path: Path) -> None:
    (figures,) = read_figures([run_of(tmp_path / "a")])
    assert missing_from_charts(figures) == ["acme/two"]  # it has no price
    found = {one.name: one for one in charts([figures])}
    for chart in (found["difficulty"], found["ttft"], found["money"]):
        text = json.dumps([chart.make(WIDE), chart.make(NARROW)])
        assert "acme/idle" not in text
        assert "~ acme/two" in text


def test_difficulty_and_agreement_are_shares_worked_by_hand(tmp_path: Path) -> None:
    found = {one.name: one for one in charts(read_figures([run_of(tmp_path / "a")]))}
    agreement = found["agreement"].make(WIDE)
    assert agreement is not None
    # samples 0 to 3 both correct, 9 to 11 both wrong, of 12: 7/12 = 58%
    assert {cell["text"] for cell in agreement["data"]["values"]} == {"58"}
    difficulty = found["difficulty"].make(WIDE)
    assert difficulty is not None
    hardest = [cell["text"] for cell in difficulty["data"]["values"] if cell["column"] == "hardest"]
    assert hardest == ["0", "0"]
