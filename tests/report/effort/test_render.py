"""The steps between levels in every format, and nothing of them in a run without levels."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from harness.report.comparison.render import document as comparison_document
from harness.report.effort.render import CSV_KEYS
from harness.report.render.formats import OutputFormat, render
from harness.report.render.language import speaking
from harness.report.render.table import ReportDocument
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from harness.viewer.report_file import ReportOptions, report_html
from tests.report.comparison.compared import compared
from tests.report.effort.test_steps import swept
from tests.report.runs import RunWriter, answer, endpoint

TITLE = "reasoning effort of acme/one: each level against the level below"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunWriter:
    return swept(
        tmp_path_factory.mktemp("swept") / "r",
        ("low", 10, 100, "low"),
        ("medium", 36, 500, "medium"),
        ("high", 36, 900, "high"),
    )


@pytest.fixture(scope="module", params=["report", "compare"])
def shown(request: pytest.FixtureRequest, run: RunWriter) -> ReportDocument:
    return document(build_run_report(run.data)) if request.param == "report" else comparison_document(compared(run))


def test_tables_for_people_have_the_steps(shown: ReportDocument) -> None:
    for form in (OutputFormat.TEXT, OutputFormat.MARKDOWN):
        text = render(shown, form)
        assert TITLE in text
        assert "@medium to @high" in text
        assert "no measurable gain" in text


def test_tables_are_chinese_where_asked(shown: ReportDocument) -> None:
    with speaking("zh"):
        text = render(shown, OutputFormat.TEXT)
    assert "acme/one 的推理强度" in text
    assert "@medium 至 @high" in text
    assert "无可测提升" in text


def test_json_has_each_figure_with_its_bounds_or_the_reason(run: RunWriter) -> None:
    found = json.loads(render(document(build_run_report(run.data)), OutputFormat.JSON))
    first, second = found["efforts"]["sums"]
    assert (first["lower"], first["higher"], first["outcome"]) == ("acme/one@low", "acme/one@medium", "more accurate")
    assert first["usd_per_point"]["low"] < first["usd_per_point"]["estimate"] < first["usd_per_point"]["high"]
    assert second["usd_per_point"] == {"undefined": "no measurable gain in accuracy"}


def test_csv_has_the_step_in_the_line_of_the_higher_level(run: RunWriter) -> None:
    text = render(document(build_run_report(run.data)), OutputFormat.CSV)
    low, medium, high = csv.DictReader(io.StringIO(text))
    assert low["effort_from"] == low["usd_per_point"] == ""
    assert medium["effort_from"] == "acme/one@low"
    assert float(medium["usd_per_point"]) == pytest.approx(400 * 4e-6 / 65)  # 36 and 10 of 40: 65 points
    assert (high["effort_outcome"], high["usd_per_point"]) == ("no measurable gain", "")


@pytest.mark.slow
def test_page_of_the_run_has_the_table(run: RunWriter) -> None:
    page = report_html([run.run], ReportOptions(has_texts=False))
    assert TITLE in page
    assert "further dollars of one job" in page


def test_run_without_levels_says_nothing_of_them(tmp_path: Path) -> None:
    run = RunWriter(tmp_path / "r", endpoints=[endpoint()], samples=1)
    run.job(endpoint(), 0, [answer()])
    run.close()
    shown = document(build_run_report(run.data))
    assert "efforts" not in json.loads(render(shown, OutputFormat.JSON))
    assert not set(CSV_KEYS) & set(shown.flat.keys)
