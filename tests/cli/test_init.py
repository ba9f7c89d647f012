"""`harness init`: every file it writes works as it is, and nothing that exists is replaced without --force."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from harness.cli.init import starter_files
from harness.cli.main import main
from harness.config.load import load_config
from harness.core.errors import EXIT_OK, EXIT_USAGE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == EXIT_OK
    return tmp_path


def test_every_file_is_written(folder: Path) -> None:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == set(starter_files())
    assert {"providers.yaml", ".env.example", "tasks/word_lengths.py", ".github/workflows/evaluation.yml"} <= found


def test_commented_entries_are_entries_once_the_marks_are_taken_off(folder: Path) -> None:
    as_written = load_config(providers_file=None, cwd=folder, environ={})
    assert "acme/acme-large" not in as_written.labels
    path = folder / "providers.yaml"
    lines = path.read_text().splitlines()
    first = lines.index("# providers:")
    path.write_text("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[first:]))
    taken_off = load_config(providers_file=None, cwd=folder, environ={})
    assert "acme/acme-large" in taken_off.labels
    assert "mine" in taken_off.groups


@pytest.mark.slow
def test_commands_of_the_workflow_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / ".github/workflows/evaluation.yml").read_text()
    steps = [step["run"] for step in yaml.safe_load(text)["jobs"]["mocked"]["steps"] if "run" in step]
    once = [
        line.strip("# ").partition("harness ")[2]
        for line in text.splitlines()
        if "harness baseline" in line and "#" in line
    ]
    sent, checked = (shlex.split(step)[1:] for step in steps if step.startswith("harness "))
    assert main(sent) == EXIT_OK
    assert main(shlex.split(once[0])) == EXIT_OK
    assert main(checked) == EXIT_OK
    assert "passed" in capsys.readouterr().out


@pytest.mark.slow
def test_example_task_runs(folder: Path) -> None:
    assert main(["run", "word-lengths", "-m", "sim/fast-sloppy", "--name", "r", "--quiet"]) == EXIT_OK
    assert (folder / "results/r/grades.jsonl").is_file()


def test_existing_files_are_kept_unless_forced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "questions.csv").write_text("mine")
    (folder / ".env.example").unlink()
    assert main(["init"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert re.search(r"kept +questions.csv \(it exists; --force replaces it\)", shown)
    assert re.search(r"wrote .env.example", shown)
    assert (folder / "questions.csv").read_text() == "mine"
    assert main(["init", "--force"]) == EXIT_OK
    assert (folder / "questions.csv").read_text().startswith("id,question,answer\n")


def test_other_folder_is_made_and_a_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "new/place"]) == EXIT_OK
    assert (folder / "new/place/providers.yaml").is_file()
    assert main(["init", "questions.csv"]) == EXIT_USAGE
    assert "questions.csv is a file; accepted: a folder" in capsys.readouterr().err
