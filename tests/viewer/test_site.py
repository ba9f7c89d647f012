"""A published site: what leads to what, and what is never in it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from harness.store.run_dir import RunDir
from harness.viewer.site import publish, without_local
from tests.cases import all_cases
from tests.commands import run_here

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "schema_1"
KEY = "sk-live-0123456789abcdef"


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A run whose command held a key and local paths."""
    folder = tmp_path / "results" / "complete"
    shutil.copytree(FIXTURE / "complete", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["command"] = [
        "harness",
        "run",
        "/home/alice/secret-project/my.jsonl",
        "--tasks",
        "~/work/tasks",
        f"--key={KEY}",
    ]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return RunDir.open(folder)


@pytest.mark.slow
def test_every_figure_leads_to_its_evidence_and_every_run_to_its_page(run: RunDir, tmp_path: Path) -> None:
    publish([run], tmp_path / "site", has_texts=False)
    page = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    targets = set(re.findall(r'id="(e\d+-\w+)"', page))
    links = re.findall(r'href="#(e\d+-\w+)"', page)
    assert links
    assert set(links) == targets
    assert 'href="run-complete.html"' in page
    assert "per million tokens" in page
    assert "harness run .../my.jsonl" in page
    assert "SIMULATED: answers, times and dollars come from the mock server" in page


@pytest.mark.slow
@pytest.mark.parametrize("has_texts", [False, True])
def test_no_key_and_no_local_path_is_published(run: RunDir, tmp_path: Path, has_texts: bool) -> None:
    for path in publish([run], tmp_path / "site", has_texts=has_texts):
        page = path.read_text(encoding="utf-8")
        assert KEY not in page
        assert "alice" not in page
        assert "~/work" not in page
        assert str(tmp_path) not in page


@pytest.mark.slow
def test_prompts_and_answers_are_published_on_request_only(run: RunDir, tmp_path: Path) -> None:
    publish([run], tmp_path / "without", has_texts=False)
    publish([run], tmp_path / "with", has_texts=True)
    assert '"texts":[]' in (tmp_path / "without/run-complete.html").read_text(encoding="utf-8")
    assert '"texts":[]' not in (tmp_path / "with/run-complete.html").read_text(encoding="utf-8")


@all_cases(
    ("text", "clean"),
    [
        ("--tasks /home/me/a/b.py", "--tasks .../b.py"),
        ("--dir=/tmp/x/", "--dir=.../"),
        ("see https://example.org/a/b", "see https://example.org/a/b"),
        ("1/2 of 3/4", "1/2 of 3/4"),
        ("-m openai/gpt-5@high", "-m openai/gpt-5@high"),
        ("Bearer abc.def", "Bearer ***"),
        ("?key=abc", "?key=***"),
        ("task-1 risk-free sketch", "task-1 risk-free sketch"),
    ],
)
def test_local_paths_and_keys_are_taken_out_and_nothing_else(text: str, clean: str) -> None:
    assert without_local(text) == clean


def test_two_runs_of_one_name_are_refused(run: RunDir, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "other" / "complete")
    ran = run_here("publish", "results/complete", "other/complete", "--dir", "site", cwd=tmp_path)
    assert ran.returncode == 2
    assert "two of the runs have one name" in ran.stderr
