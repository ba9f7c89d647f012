"""`harness runs list` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("place", ["results", "file://here", "memory://nothing/there"])
def test_a_place_without_runs_lists_none(tmp_path: Path, place: str) -> None:
    (tmp_path / "here").mkdir()
    store = place.replace("file://", f"file://{tmp_path}/")
    listed = run_here("runs", "list", "--store", store, cwd=tmp_path)
    assert (listed.returncode, listed.stdout) == (EXIT_OK, f"0 runs in {store}\n"), listed.stderr
    old = run_here("runs", "prune", "--store", store, "--older-than", "1d", cwd=tmp_path)
    assert (old.returncode, old.stdout) == (EXIT_OK, f"{store}: no run is that old\n")
    named = run_here("runs", "prune", "--store", store, "r", cwd=tmp_path)
    assert named.returncode == EXIT_USAGE
    assert f"{store} has no run r" in named.stderr


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere", "nowhere does not exist; accepted: the folder that run folders are in, or a store"),
        ("notes", "notes is a file; accepted: the folder"),
        ("file://nowhere", "nowhere: cannot list its runs: no such folder; accepted: a folder that run folders"),
        ("file://notes", "a file is in its place; accepted: a folder"),
    ],
)
def test_a_place_that_does_not_exist_is_named(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "notes").write_text("")
    store = place.replace("file://", f"file://{tmp_path}/")
    for action in (("list",), ("show", "r"), ("prune", "r"), ("prune", "--older-than", "1d")):
        done = run_here("runs", *action, "--store", store, cwd=tmp_path)
        assert done.returncode == EXIT_USAGE, done.stdout
        assert said in done.stderr


def test_mistakes_are_named(tmp_path: Path) -> None:
    assert run_here("runs", cwd=tmp_path).returncode == EXIT_USAGE
    unknown = run_here("runs", "shew", cwd=tmp_path)
    assert unknown.returncode == EXIT_USAGE
    assert "list" in unknown.stderr
