"""A warm run against a cold one: tokens, dollars and seconds worked out by hand, in every format."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.types import CacheMode, Usage, Verdict
from harness.report.caching.build import CachingRow
from harness.report.comparison.build import ModelComparison
from harness.report.comparison.render import document
from harness.report.render.formats import OutputFormat, render
from harness.report.render.language import speaking
from harness.stats.intervals import Undefined
from tests.report.comparison.compared import compared
from tests.report.runs import RunWriter, answer, endpoint, timing

ONE = endpoint()
SAMPLES = 10


def written(path: Path, mode: CacheMode | None, *, cached: int | None, ttft_s: float) -> RunWriter:
    """Every sample answered with 1000 prompt tokens, 100 of output, and one more for odd samples."""
    run = RunWriter(path, endpoints=[ONE], samples=SAMPLES, max_tokens=1000)
    manifest = run.run.manifest()
    with run.run.locked():
        run.run.rewrite_manifest(replace(manifest, cache=mode))
    for number in range(SAMPLES):
        usage = Usage(prompt_tokens=1000, completion_tokens=100 + number % 2, cached_tokens=cached)
        at = timing(ttft_s=ttft_s + 0.01 * (number % 3))
        run.job(ONE, number, [answer(usage=usage, at=at)], Verdict.CORRECT)
    run.close()
    return run


@pytest.fixture
def pair(tmp_path: Path) -> ModelComparison:
    cold = written(tmp_path / "cold", CacheMode.COLD, cached=0, ttft_s=0.8)
    return compared(cold, written(tmp_path / "warm", CacheMode.WARM, cached=750, ttft_s=0.3))


def row_of(found: ModelComparison) -> CachingRow:
    (table,) = found.caching
    (row,) = table.rows
    return row


def test_what_a_cache_saves_is_stated_in_dollars_and_seconds(pair: ModelComparison) -> None:
    row = row_of(pair)
    assert (row.warm.run, row.cold.run, row.samples) == ("warm", "cold", SAMPLES)
    assert (row.warm_share, row.cold_share) == (0.75, 0.0)
    # PRICE has no rate for cached tokens of its own: $1 a million for all input, so nothing is saved
    assert row.usd_saved.estimate == pytest.approx(0)
    assert row.cold_usd.estimate == pytest.approx(1000e-6 + 100.5 * 4e-6)
    assert row.ttft_gained.estimate == pytest.approx(0.5)
    assert row.cold_ttft.estimate == pytest.approx(0.809)  # 0.80 4 times, 0.81 and 0.82 3 times each
    assert row.accuracy_difference.estimate == 0


def test_the_order_of_the_runs_does_not_matter(tmp_path: Path) -> None:
    warm = written(tmp_path / "warm", CacheMode.WARM, cached=750, ttft_s=0.3)
    cold = written(tmp_path / "cold", CacheMode.COLD, cached=0, ttft_s=0.8)
    assert row_of(compared(warm, cold)).ttft_gained == row_of(compared(cold, warm)).ttft_gained


def test_runs_that_are_not_warm_and_cold_have_no_such_table(tmp_path: Path) -> None:
    plain = written(tmp_path / "plain", None, cached=0, ttft_s=0.8)
    warm = written(tmp_path / "warm", CacheMode.WARM, cached=750, ttft_s=0.3)
    found = compared(plain, warm)
    assert found.caching == ()
    assert "caching" not in json.loads(render(document(found), OutputFormat.JSON))


def test_a_warm_run_that_no_cache_served_and_a_cold_one_that_one_did_are_said(tmp_path: Path) -> None:
    warm = written(tmp_path / "warm", CacheMode.WARM, cached=0, ttft_s=0.8)
    cold = written(tmp_path / "cold", CacheMode.COLD, cached=100, ttft_s=0.8)
    notes = compared(warm, cold).notes
    assert any("in warm no cache served any prompt" in note for note in notes)
    assert any("in cold a cache served 10% of the prompt tokens" in note for note in notes)


def test_a_share_that_nobody_reports_is_unknown_and_not_zero(tmp_path: Path) -> None:
    warm = written(tmp_path / "warm", CacheMode.WARM, cached=None, ttft_s=0.3)
    found = compared(warm, written(tmp_path / "cold", CacheMode.COLD, cached=0, ttft_s=0.8))
    assert row_of(found).warm_share is None
    assert "0% / ?" in render(document(found), OutputFormat.TEXT)
    assert any("warm does not say how many tokens came from a cache" in note for note in found.notes)


def test_answers_without_times_gain_none(tmp_path: Path) -> None:
    warm = written(tmp_path / "warm", CacheMode.WARM, cached=750, ttft_s=0.3)
    cold = RunWriter(tmp_path / "cold", endpoints=[ONE], samples=SAMPLES, max_tokens=1000)
    with cold.run.locked():
        cold.run.rewrite_manifest(replace(cold.run.manifest(), cache=CacheMode.COLD))
    for number in range(SAMPLES):
        cold.job(ONE, number, [answer(at=timing(ttft_s=None))], Verdict.CORRECT)
    cold.close()
    assert isinstance(row_of(compared(warm, cold)).ttft_gained, Undefined)


def test_every_format_has_the_table(pair: ModelComparison) -> None:
    shown = document(pair)
    for form in (OutputFormat.TEXT, OutputFormat.MARKDOWN):
        text = render(shown, form)
        assert "prompt caching: warm (warm), cold (cold)" in text
        assert "0% / 75%" in text
    found = json.loads(render(shown, OutputFormat.JSON))["caching"][0]["rows"][0]
    assert found["ttft_gained"]["low"] <= found["ttft_gained"]["estimate"] <= found["ttft_gained"]["high"]
    lines = csv.DictReader(io.StringIO(render(shown, OutputFormat.CSV)))
    (line,) = [line for line in lines if line["comparison"] == "caching"]
    assert (line["cold_run"], line["warm_cached_share"]) == ("cold", "0.75")
    with speaking("zh"):
        assert "提示词缓存" in render(shown, OutputFormat.TEXT)
