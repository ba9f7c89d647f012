"""A speed measurement in every format, with its notes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.report.render.formats import OutputFormat, render
from harness.report.speed.render import document
from harness.stats.intervals import Undefined
from tests.report.runs import NOON
from tests.report.speed.timed_runs import report_of, speed_run, timed


def test_too_few_answers_have_a_median_and_a_note_instead_of_bounds(tmp_path: Path) -> None:
    report = report_of(speed_run(tmp_path / "r", [timed(1.5), timed(2.5)]))
    (row,) = report.tables[0].rows
    assert row.total_s.median == 2.0
    assert isinstance(row.total_s.bounds, Undefined)
    assert any(
        "no interval for TTFT, first answer, characters per second, tokens per second, seconds" in note
        for note in report.notes
    )


@pytest.mark.parametrize(
    ("cached", "share", "warned"),
    [
        ((0, 0), 0.0, False),
        ((500, 0), 0.25, True),  # 500 of 2 x 1000 tokens
        ((None, 0), None, False),
    ],
)
def test_prompt_tokens_read_from_a_cache_are_shown_and_warned_of(
    cached: tuple[int | None, int], share: float | None, *, warned: bool, tmp_path: Path
) -> None:
    report = report_of(speed_run(tmp_path / "r", [timed(1.5, cached=count) for count in cached]))
    assert report.tables[0].rows[0].cached_share == share
    assert any("25% of the prompt tokens from a cache" in note for note in report.notes) is warned


def test_every_form_says_the_same_and_speaks_of_no_missing_grades(tmp_path: Path) -> None:
    run = speed_run(tmp_path / "r", [timed(1.5)] * 8, [timed(2.5)] * 8)
    report = report_of(run)
    forms = {form.value: render(document(report), form) for form in OutputFormat}
    for name in ("text", "md", "html"):
        assert "~ acme/two" in forms[name]
        assert "graded yet" not in forms[name]
        assert "0.500 [0.500, 0.500]" in forms[name]  # tok/s: 100 / 2 s over 100 / 1 s
        assert "one every 60 s" in forms[name]
    record = json.loads(forms["json"])["rows"][1]
    assert (record["mode"], record["chars_per_s_ratio"]) == ("SIMULATED", pytest.approx(0.5))
    assert forms["csv"].splitlines()[2].startswith("sums,acme/two,SIMULATED,8,8,0,0,0.5,")


def test_measurement_over_two_days_shows_the_medians_of_each(tmp_path: Path) -> None:
    later = replace(timed(4.5), timing=replace(timed(4.5).timing, started_at=NOON + timedelta(days=1)))
    report = report_of(speed_run(tmp_path / "r", [timed(1.5), timed(2.5), later]))
    days = report.tables[0].rows[0].by_day
    assert [(day.isoformat(), one.n, one.total_s) for day, one in days.items()] == [
        ("2026-11-20", 2, 2.0),
        ("2026-11-21", 1, 4.5),
    ]
    text = render(document(report), OutputFormat.TEXT)
    assert "day (UTC)" in text
    assert "2026-11-21" in text
