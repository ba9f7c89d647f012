"""What a report of speed says of known answers; every expected figure is worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.report.render.formats import OutputFormat, render
from harness.report.speed.columns import COLUMNS
from harness.report.speed.render import document
from harness.stats.intervals import ConfidenceInterval, Undefined
from tests.report.speed.timed_runs import report_of, speed_run, timed


def test_medians_are_those_of_timings_with_a_small_error(tmp_path: Path) -> None:
    # 100 s with an error of 11 s: above a tenth
    run = speed_run(tmp_path / "r", [timed(2.5), timed(1.5), timed(100.0, lag_s=11.0), timed(3.5)])
    (row,) = report_of(run).tables[0].rows
    assert (row.planned, row.measured, row.discarded, row.failed) == (4, 3, 1, 0)
    assert row.total_s.median == 2.5
    assert row.tokens_per_s.median == pytest.approx(50.5)  # 101 tokens / 2.0 s
    assert row.chars_per_s.median == pytest.approx(1.0)  # 2 characters / 2.0 s
    assert (row.ttft_s.median, row.ttft_p95_s) == (0.5, 0.5)
    assert (row.prompt_tokens, row.completion_tokens) == (1000, 101)
    assert (row.total_s.error, row.total_s.is_usable) == (0.0, True)
    assert row.chars_per_s_ratio is None


def test_timings_with_a_large_error_are_shown_where_there_are_no_others(tmp_path: Path) -> None:
    found = report_of(speed_run(tmp_path / "r", [timed(2.0, lag_s=0.3)]))
    (row,) = found.tables[0].rows
    assert (row.measured, row.discarded) == (0, 1)
    assert (row.total_s.median, row.total_s.is_usable) == (2.0, False)
    assert row.total_s.error == pytest.approx(0.3)
    cells = {column.key: column.text(row) for column in COLUMNS}
    assert cells["total_s"] == "2.00±0.300? [?]"
    (record,) = json.loads(render(document(found), OutputFormat.JSON))["rows"]
    assert (record["total_s"], record["as_measured"]["total_s"]) == (None, 2.0)


def test_a_ratio_says_which_model_has_no_timing_and_why(tmp_path: Path) -> None:
    run = speed_run(tmp_path / "r", [timed(2.0, lag_s=0.3)] * 8, [timed(3.0)] * 8)
    found = report_of(run)
    first, second = found.tables[0].rows
    why = "8 timings discarded: errors above 10% (this host was overloaded)"
    assert first.total_s.bounds == Undefined(reason=why)
    assert second.total_s_ratio == Undefined(reason=f"{first.label}: {why}")
    assert not any("nothing was measured" in note for note in found.notes)


def test_second_model_is_held_against_the_first_with_bounds(tmp_path: Path) -> None:
    quick = [timed(1.5 + place / 100) for place in range(12)]
    slow = [timed(4.5 + place / 100) for place in range(12)]
    rows = report_of(speed_run(tmp_path / "r", quick, slow)).tables[0].rows
    speed, seconds = rows[1].chars_per_s_ratio, rows[1].total_s_ratio
    assert isinstance(speed, ConfidenceInterval)
    assert isinstance(seconds, ConfidenceInterval)
    assert seconds.estimate == pytest.approx(4.555 / 1.555)  # medians: the middle of 12 steps of 0.01 s
    assert seconds.low > 2.8
    assert seconds.high < 3.1
    # Medians of speeds: the mean of 2 / 4.05 and 2 / 4.06 over that of 2 / 1.05 and 2 / 1.06
    assert speed.estimate == pytest.approx((1 / 4.05 + 1 / 4.06) / (1 / 1.05 + 1 / 1.06))
    assert speed.excludes(1.0)


def test_model_without_any_usable_timing_shows_what_was_measured_and_no_zero(tmp_path: Path) -> None:
    run = speed_run(tmp_path / "r", [timed(1.5, lag_s=1.0)])
    text = render(document(report_of(run)), OutputFormat.TEXT)
    cells = text.splitlines()[4].split()
    assert cells[:6] == ["acme/one", "0", "of", "1", "1", "0"]
    assert cells[6:11] == ["1.50±1.00?", "[?]", "-", "0.500±0.500?", "[?]"]
