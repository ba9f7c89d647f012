"""The chart of several runs over time."""

from __future__ import annotations

from pathlib import Path

from harness.report.charts.build import charts, read_figures
from harness.report.charts.theme import WIDE
from tests.report.charts.charted_runs import run_of


def test_two_runs_of_a_task_have_a_trend(tmp_path: Path) -> None:
    found = charts(read_figures([run_of(tmp_path / "a"), run_of(tmp_path / "b")]))
    (trend,) = (one for one in found if one.name == "trend")
    spec = trend.make(WIDE)
    assert spec is not None
    assert {row["run"] for row in spec["data"]["values"]} == {"1: 2026-11-20", "2: 2026-11-20"}
    assert spec["title"]["subtitle"] == ["1  a", "2  b"]  # what the numbers stand for
