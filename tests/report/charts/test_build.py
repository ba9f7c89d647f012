"""Every chart of a run, and the trend over two."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.report.charts.build import OF_A_TASK, charts, read_figures
from tests.report.charts.charted_runs import run_of


@pytest.mark.slow
def test_a_run_has_every_chart_of_a_task_and_no_trend(tmp_path: Path) -> None:
    found = charts(read_figures([run_of(tmp_path / "a")]))
    assert [one.name for one in found] == list(OF_A_TASK)
    assert all("<svg" in one.html() for one in found)
