"""One model over several runs: figures equal those of the runs' reports, and changes between runs are marked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.core.types import SamplingParams
from harness.report.history.trend import TrendPoint, build_trend
from harness.report.history.trend_render import trend_document
from harness.report.render.formats import OutputFormat, render
from harness.report.run_report.build import build_run_report
from harness.stats.intervals import Undefined
from harness.stats.paired import Difference
from harness.store.codec import Manifest
from tests.report.history.trend_runs import DOUBLED, ONE, RIGHT, TWO, WRONG, write_run
from tests.report.runs import PRICE, RunWriter, answer, failure


def changed(writer: RunWriter, manifest: Manifest) -> None:
    writer.run.rewrite_manifest(manifest)


def points_of(results: Path) -> tuple[TrendPoint, ...]:
    (trend,) = build_trend(results, "acme/one", ()).tasks
    return trend.points


def test_runs_come_in_the_order_they_were_begun_each_paired_with_the_one_before(tmp_path: Path) -> None:
    write_run(tmp_path / "b", [RIGHT] * 4 + [WRONG] * 6, days=1)
    write_run(tmp_path / "a", [RIGHT] * 10, days=2)
    first, second = points_of(tmp_path)
    assert (first.run, second.run) == ("b", "a")
    assert first.vs_previous is None
    assert isinstance(second.vs_previous, Difference)
    assert second.vs_previous.interval.estimate == pytest.approx(0.6)  # 10 of 10 after 4 of 10
    assert second.vs_previous.p_value == pytest.approx(2 * 0.5**6)  # six of six one way
    assert second.changes == ()


def test_figures_are_those_of_the_report(tmp_path: Path) -> None:
    writer = write_run(tmp_path / "a", [RIGHT, RIGHT, WRONG])
    (table,) = build_run_report(writer.data).tables
    (summary,) = table.summaries
    (point,) = points_of(tmp_path)
    assert point.summary.accuracy == summary.accuracy
    assert point.summary.spent_usd == summary.spent_usd == 3 * Decimal("0.0014")
    assert point.usd_per_job == Decimal("0.0014")
    assert point.summary.total_s.usable_quantile(0.5) == summary.total_s.usable_quantile(0.5) == 2.0


def test_price_and_version_changes_are_marked(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 3, served="one-0101")
    later = write_run(
        tmp_path / "b", [RIGHT] * 3, days=1, price=DOUBLED, served="one-0202", params=SamplingParams(temperature=0.5)
    )
    changed(later, replace(later.run.manifest(), harness_version="1"))
    _, point = points_of(tmp_path)
    assert point.changes == (
        "list price 1 / 4 USD to 2 / 8 USD",
        "settings none; none; limit 100 to temperature=0.5; none; limit 100",
        "served model one-0101 to one-0202",
        "harness 0 to 1",
    )


def test_rates_other_than_input_and_output_are_marked_too(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 2)
    cached = replace(PRICE, rates=replace(PRICE.rates, cached=Decimal("0.1")))
    write_run(tmp_path / "b", [RIGHT] * 2, days=1, price=cached)
    assert points_of(tmp_path)[1].changes == ("cache, tier or fee rates changed",)


@pytest.mark.parametrize("name", ["version", "content_hash"])
def test_another_task_version_or_other_samples_are_marked_and_not_paired(name: str, tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 3)
    later = write_run(tmp_path / "b", [WRONG] * 3, days=1)
    manifest = later.run.manifest()
    value = {"version": 2, "content_hash": "sha256:1"}[name]
    changed(later, replace(manifest, tasks=(replace(manifest.tasks[0], **{name: value}),)))  # type: ignore[arg-type]
    _, point = points_of(tmp_path)
    assert isinstance(point.vs_previous, Undefined)
    said = {"version": "task version 1 to 2", "content_hash": "samples or prompts changed"}[name]
    assert point.changes == (said,)
    shown = render(trend_document(build_trend(tmp_path, "acme/one", ())), OutputFormat.TEXT)
    assert said in shown
    assert "b on sums: not compared with the run before" in shown


def test_runs_that_cannot_be_read_are_named_and_left_out(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 2)
    write_run(tmp_path / "partial", [RIGHT] * 2)
    log = tmp_path / "partial" / "calls-0.jsonl"
    log.write_bytes(b"garbage\n" + log.read_bytes())
    write_run(tmp_path / "old", [RIGHT] * 2)
    (tmp_path / "old" / "manifest.json").write_text("{}")
    found = build_trend(tmp_path, "acme/one", ())
    assert [point.run for point in found.tasks[0].points] == ["a"]
    assert sorted(sentence.split(" is left out")[0] for sentence in found.left_out) == ["old", "partial"]


def test_a_run_without_any_outcome_of_the_model_is_no_point(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 2)
    RunWriter(tmp_path / "b", endpoints=[ONE], samples=2).close()
    assert [point.run for point in points_of(tmp_path)] == ["a"]


def test_failed_jobs_are_in_no_accuracy_and_unknown_dollars_stay_unknown(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "a", endpoints=[ONE], samples=3)
    writer.job(ONE, 0, [answer()], RIGHT)
    writer.job(ONE, 1, [failure()])
    writer.close()
    (point,) = points_of(tmp_path)
    assert point.summary.accuracy is not None
    assert point.summary.accuracy.estimate == 1.0
    assert point.usd_per_job is None
    shown = render(trend_document(build_trend(tmp_path, "acme/one", ())), OutputFormat.TEXT)
    assert "a on sums: cost unknown for 1 job" in shown


@pytest.mark.parametrize(
    ("model", "tasks", "said"),
    [
        ("acme/won", (), "has the model 'acme/won'; did you mean "),
        ("acme/one", ("sum",), "has acme/one on 'sum'; did you mean sums?"),
    ],
)
def test_unknown_names_say_what_there_is(model: str, tasks: tuple[str, ...], said: str, tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 2)
    write_run(tmp_path / "b", [RIGHT] * 2, who=TWO)
    with pytest.raises(UsageError, match="no run in") as raised:
        build_trend(tmp_path, model, tasks)
    assert said in str(raised.value)


def test_a_folder_without_runs_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--results names the folder"):
        build_trend(tmp_path, "acme/one", ())
