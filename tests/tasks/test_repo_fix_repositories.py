"""The repositories of `repo-fix`: their form, and what an agent sees of them when it runs their tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from harness.tasks.folders import shipped_dir
from tests.cases import all_cases

FOLDER = shipped_dir() / "repo_fix"
IDS = sorted(path.parent.name for path in FOLDER.glob("*/task.yaml"))
KEYS = {
    *("id", "title", "topic", "issue", "language", "difficulty", "files_touched", "visible_tests_before"),
    "test_command",
}
PATCHED = ("a/", "b/")


def task(name: str) -> dict[str, object]:
    read: dict[str, object] = yaml.safe_load((FOLDER / name / "task.yaml").read_text(encoding="utf-8"))
    return read


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def added_lines(patch: Path) -> list[str]:
    lines = patch.read_text(encoding="utf-8").splitlines()
    return [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]


def test_there_are_thirty_of_each_difficulty_in_two_languages() -> None:
    read = [task(name) for name in IDS]
    assert len(IDS) >= 30
    assert min(Counter(one["difficulty"] for one in read).values()) >= 5
    assert Counter(one["language"] for one in read)["zh"] >= 5
    assert sum(len(one["files_touched"]) > 1 for one in read) >= 5  # type: ignore[arg-type]


@all_cases("name", IDS)
def test_a_repository_has_the_documented_form(name: str) -> None:
    read, folder = task(name), FOLDER / name
    assert set(read) == KEYS
    assert read["id"] == name
    assert read["difficulty"] in {"easy", "medium", "hard"}
    assert read["language"] in {"en", "zh"}
    assert {path.name for path in folder.iterdir()} == {"task.yaml", "repo", "hidden", "solution.patch"}
    repo = texts(folder / "repo")
    assert {f"{PATCHED[1]}{path}" for path in read["files_touched"]} == {  # type: ignore[attr-defined]
        line.split()[1]
        for line in (folder / "solution.patch").read_text("utf-8").splitlines()
        if line.startswith("+++ ")
    }
    assert set(read["files_touched"]) <= set(repo)  # type: ignore[call-overload]
    assert not any(path.startswith("tests/") for path in read["files_touched"])  # type: ignore[attr-defined]
    assert 60 <= sum(text.count("\n") for text in repo.values()) <= 250
    assert any(path.startswith("tests/test_") for path in repo)
    assert not set(repo) & set(texts(folder / "hidden"))


@all_cases("name", IDS)
def test_the_agent_sees_neither_the_solution_nor_the_hidden_tests(name: str) -> None:
    folder = FOLDER / name
    seen = "\n".join([*texts(folder / "repo").values(), str(task(name)["issue"])])
    hidden = texts(folder / "hidden")["hidden_tests/test_hidden.py"]
    own = [line.strip() for line in hidden.splitlines() if "self.assert" in line or "self.check(" in line]
    shown = [line for line in own if line in seen]
    assert len(shown) <= len(own) / 3
    assert "hidden_tests" not in seen
    new = [line for line in added_lines(folder / "solution.patch") if len(line) > 25]
    assert not [line for line in new if line in str(task(name)["issue"])]
    assert [line for line in new if line not in seen]


RUNS = """
import json, os, resource, sys, unittest
for folder, arguments in json.loads(sys.stdin.read()):
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))  # some bugs are loops without end
        os.chdir(folder)
        sys.path.insert(0, folder)
        os.dup2(os.open("log", os.O_WRONLY | os.O_CREAT), 2)
        unittest.main(module=None, argv=arguments)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Runs unittest in some folders, each in a process of its own; the interpreter starts once for all."""


def passed(runs: list[tuple[Path, object]]) -> list[bool]:
    """Whether the tests of each folder passed; every one must have found some and got as far as running them."""
    words = []
    for folder, command in runs:
        assert isinstance(command, list)
        assert command[:3] == ["python", "-m", "unittest"]
        words.append([str(folder), command[2:]])
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", RUNS], input=json.dumps(words), capture_output=True, text=True, check=True
    )
    codes = done.stdout.split()
    for (folder, _), code in zip(runs, codes, strict=True):
        log = (folder / "log").read_text(encoding="utf-8")
        assert int(code) < 0 or "Ran " in log
        assert "Ran 0 tests" not in log
        assert "ModuleNotFoundError" not in log
    return [code == "0" for code in codes]


def copied(name: str, work: Path, patch: Path | None) -> Path:
    """The repository with a patch, as an agent has it."""
    shutil.copytree(FOLDER / name / "repo", work)
    if patch is not None:
        subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch)], cwd=work, check=True, capture_output=True)
    return work


@pytest.mark.slow(20)
def test_the_test_command_of_an_agent_does_what_the_task_says(tmp_path: Path) -> None:
    runs: list[tuple[Path, object]] = []
    for name in IDS:
        for stem, patch in (("before", None), ("after", FOLDER / name / "solution.patch")):
            runs.append((copied(name, tmp_path / name / stem, patch), task(name)["test_command"]))
    found = passed(runs)
    assert found[::2] == [task(name)["visible_tests_before"] == "pass" for name in IDS]
    assert found[1::2] == [True] * len(IDS)
