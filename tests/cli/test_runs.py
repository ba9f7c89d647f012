"""`harness runs list` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Verdict
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint


def test_runs_below_results_are_listed_and_a_foreign_folder_is_named(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "results" / "r", endpoints=[endpoint()], samples=1)
    writer.job(endpoint(), 0, [answer()], Verdict.CORRECT)
    writer.close()
    (tmp_path / "results" / "odd").mkdir()
    done = run_here("runs", "list", cwd=tmp_path)
    assert done.returncode == EXIT_OK
    assert "r    complete  sums   acme/one   0.0014" in done.stdout
    assert "not a run: odd" in done.stdout
    listed = json.loads(run_here("runs", "list", "--format", "json", cwd=tmp_path).stdout)
    assert [row["run"] for row in listed["runs"]] == ["r", "odd"]


def test_mistakes_are_named(tmp_path: Path) -> None:
    missing = run_here("runs", "list", "--results", "nowhere", cwd=tmp_path)
    assert missing.returncode == EXIT_USAGE
    assert "nowhere is not a folder; --store names the folder" in missing.stderr
    assert run_here("runs", cwd=tmp_path).returncode == EXIT_USAGE
    unknown = run_here("runs", "shew", cwd=tmp_path)
    assert unknown.returncode == EXIT_USAGE
    assert "list" in unknown.stderr
