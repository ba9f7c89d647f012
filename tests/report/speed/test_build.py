"""What a report of speed says of known answers; every expected figure is worked by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.core.types import Completion, Usage
from harness.report.render.formats import OutputFormat, render
from harness.report.run_data.load import RunData
from harness.report.speed.build import SpeedReport, build_speed_report
from harness.report.speed.render import COLUMNS, document
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.store.run_dir import RunDir
from tests.report.runs import NOON, RunWriter, answer, endpoint, timing

USAGE = Usage(prompt_tokens=1000, completion_tokens=101, cached_tokens=0)


def timed(total_s: float, *, lag_s: float = 0.0, cached: int | None = 0) -> Completion:
    """101 tokens of 2 characters in all, from half a second on: 101 / (total_s - 0.5) tokens per second."""
    return answer(
        usage=replace(USAGE, cached_tokens=cached), at=timing(total_s=total_s, ttft_s=0.5, lag_s=lag_s, chunks=20)
    )


def speed_run(path: Path, first: Sequence[Completion], second: Sequence[Completion] = ()) -> RunDir:
    """A measurement of acme/one and acme/two, one request after the other."""
    one, two = endpoint(), endpoint("acme/two", simulated=True)
    endpoints = [one, two] if second else [one]
    writer = RunWriter(path, endpoints=endpoints, samples=len(first))
    for who, answers in zip(endpoints, (first, second), strict=False):
        for place, found in enumerate(answers):
            writer.job(who, place, [found])
    writer.close()
    calls = path / "calls-0.jsonl"
    calls.write_bytes(calls.read_bytes().replace(b'"grader":"math"', b'"grader":""'))
    manifest = writer.run.manifest()
    tasks = tuple(replace(entry, grader="") for entry in manifest.tasks)
    writer.run.rewrite_manifest(replace(manifest, kind="speed", tasks=tasks, every_s=60.0))
    return writer.run


def report_of(run: RunDir) -> SpeedReport:
    return build_speed_report(RunData.load(run))


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
    why = "8 timings discarded: errors above 10%, for this host was overloaded"
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


def test_model_without_any_usable_timing_shows_what_was_measured_and_no_zero(tmp_path: Path) -> None:
    run = speed_run(tmp_path / "r", [timed(1.5, lag_s=1.0)])
    text = render(document(report_of(run)), OutputFormat.TEXT)
    cells = text.splitlines()[4].split()
    assert cells[:6] == ["acme/one", "0", "of", "1", "1", "0"]
    assert cells[6:11] == ["1.50±1.00?", "[?]", "-", "0.500±0.500?", "[?]"]


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
