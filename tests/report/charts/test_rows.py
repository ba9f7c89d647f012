"""The figures that charts draw."""

from __future__ import annotations

import json
from pathlib import Path

from harness.report.charts.build import charts, missing_from_charts, read_figures
from harness.report.charts.theme import NARROW, WIDE
from tests.report.charts.charted_runs import run_of


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
