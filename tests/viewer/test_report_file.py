"""Runs as one HTML file: what is in it, what is not, and what its policy allows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.types import Timing, Verdict
from harness.store.run_dir import RunDir
from harness.viewer.packed_texts import decode, unpack
from harness.viewer.report_file import ReportOptions, report_html
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "schema_1"


@pytest.fixture(scope="module")
def page() -> str:
    """The fixture's complete run with everything."""
    return report_html([RunDir.open(FIXTURE / "complete")], ReportOptions())


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of one answer, which tries to end the script."""
    run = run_with(tmp_path_factory.mktemp("small") / "run", "</script><script>alert(1)</script><!--")
    return report_html([run], ReportOptions())


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def texts_of(page: str) -> str:
    """All compressed pages of all runs."""
    runs = data_of(page)["runs"]
    assert isinstance(runs, list)
    pages = [text for run in runs for block in run["pages"] for text in json.loads(unpack(block))]
    raw = [decode(unpack(block), json.loads(unpack(run["words"]))) for run in runs for block in run["texts"]]
    return "\n".join([*pages, *raw])


@pytest.mark.slow
def test_tables_and_charts_stand_in_the_file_without_a_script(page: str) -> None:
    assert '<section class="page" id="/run/complete">' in page
    assert "has the highest accuracy" in page
    assert page.count('<figure class="chart" id="accuracy-cost">') == 2  # one for each task


def test_policy_allows_the_one_script_and_style_by_hash_and_nothing_from_elsewhere(small_page: str) -> None:
    page = small_page
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "unsafe" not in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}" in policy[1]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert " style=" not in page


@pytest.mark.slow
def test_every_sample_has_its_page_with_answer_bill_and_attempts(page: str) -> None:
    texts = texts_of(page)
    assert texts.count("<h1>") == 10  # 5 samples of each of 2 tasks
    for part in ("extracted answer", "price row", "All attempts", "first token"):
        assert part in texts


@pytest.mark.slow
def test_reasoning_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    who = endpoint()
    run = RunWriter(tmp_path / "run", endpoints=[who], samples=1)
    run.job(who, 0, [answer(reasoning="a long way to 42")], Verdict.CORRECT)
    run.close()
    assert "a long way to 42" not in texts_of(report_html([run.run], ReportOptions()))
    assert "a long way to 42" in texts_of(report_html([run.run], ReportOptions(has_reasoning=True)))


def test_answer_whose_times_are_unknown_has_its_page(tmp_path: Path) -> None:
    who = replace(endpoint(), imported=True)
    run = RunWriter(tmp_path / "run", endpoints=[who], samples=1)
    run.job(who, 0, [answer(at=Timing(started_at=None, waited_s=None, total_s=None))], Verdict.CORRECT)
    run.close()
    assert "time unknown" in texts_of(report_html([run.run], ReportOptions()))


@pytest.mark.slow
def test_without_texts_no_prompt_page_is_there() -> None:
    page = report_html([RunDir.open(FIXTURE / "complete")], ReportOptions(has_texts=False))
    assert texts_of(page) == ""
    assert "has the highest accuracy" in page


def run_with(path: Path, *texts: str) -> RunDir:
    """A run whose model answers those texts: the first correct, the others wrong."""
    who = endpoint()
    run = RunWriter(path, endpoints=[who], samples=len(texts))
    for place, text in enumerate(texts):
        completion = answer()
        object.__setattr__(completion, "text", text)
        run.job(who, place, [completion], Verdict.WRONG if place else Verdict.CORRECT, said=text[:20])
    run.close()
    return run.run


@pytest.mark.slow
def test_only_wrong_answers_where_asked(tmp_path: Path) -> None:
    run = run_with(tmp_path / "run", "the right one", "the wrong one")
    texts = texts_of(report_html([run], ReportOptions(only_wrong=True)))
    assert "the wrong one" in texts
    assert "the right one" not in texts


def test_a_closing_script_tag_in_an_answer_ends_nothing(small_page: str) -> None:
    assert small_page.count("<script") == 2
    assert small_page.count("</script>") == 2
    assert "<!--" not in small_page
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in texts_of(small_page)


@pytest.mark.slow
def test_command_writes_the_file_and_says_how_large_it_is(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "results")
    ran = run_here("report", "results/complete", "results/interrupted", "-o", "both.html", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    page = (tmp_path / "both.html").read_text(encoding="utf-8")
    assert 'id="/run/complete"' in page
    assert 'id="/run/interrupted"' in page
    assert 'id="trend"' in page
    assert "MB, opens from disk" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["results/complete", "--no-texts"], "add -o FILE.html"),
        (["results/complete", "results/interrupted"], "harness compare shows them in one table"),
        (["results/complete", "-o", "nowhere/r.html"], "nowhere does not exist"),
        (["results/complete", "-o", "r.html", "--format", "csv"], "redirect"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(tmp_path: Path, words: list[str], said: str) -> None:
    shutil.copytree(FIXTURE, tmp_path / "results")
    ran = run_here("report", *words, cwd=tmp_path)
    assert ran.returncode == 2
    assert said in ran.stderr
