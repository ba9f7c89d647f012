"""A run folder that this code must not read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import LocalError, UsageError
from harness.store.run_dir import RunDir, run_folders, subfolders
from tests.report.runs import RunWriter, endpoint


def test_manifest_of_another_schema_is_refused_with_both_numbers(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=[endpoint()], samples=1)
    writer.close()
    writer.run.rewrite_manifest(replace(writer.run.manifest(), schema_version=3))
    with pytest.raises(LocalError, match=r"written by harness 0 in schema 3; this one reads schema 2"):
        writer.run.manifest()


def test_a_path_without_a_run_is_refused_with_what_is_there_and_the_runs_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    RunWriter(tmp_path / "results" / "mine", endpoints=[endpoint()], samples=1).close()
    (tmp_path / "notes.txt").write_text("no run")
    (tmp_path / "empty").mkdir()
    for name, said in (
        ("notes.txt", "it is a file"),
        ("empty", "it has no manifest.json"),
        ("nowhere", "there is no such folder with a manifest.json"),
    ):
        with pytest.raises(UsageError, match=f"^{name} is not a run folder: {said}; runs in results: mine$"):
            RunDir.open(Path(name))
    assert RunDir.open(Path("mine")).path == Path("results/mine")


def test_a_manifest_that_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "run" / "manifest.json").mkdir(parents=True)
    with pytest.raises(LocalError, match=r"^cannot read .*manifest.json"):
        RunDir(tmp_path / "run").manifest()


def test_folders_below_results_are_listed_by_name_and_hidden_ones_are_not(tmp_path: Path) -> None:
    RunWriter(tmp_path / "b", endpoints=[endpoint()], samples=1).close()
    for name in ("a", ".hidden"):
        (tmp_path / name).mkdir()
    assert [path.name for path in subfolders(tmp_path)] == ["a", "b"]
    assert [path.name for path in run_folders(tmp_path)] == ["b"]


def test_a_run_is_locked_while_a_process_writes_it(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=[endpoint()], samples=1)
    writer.close()
    assert not writer.run.is_locked()
    with writer.run.locked():
        assert writer.run.is_locked()
    assert not writer.run.is_locked()
