"""Every command in the READMEs of examples/ runs as it is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = sorted(path.parent.name for path in EXAMPLES.glob("*/README.md"))


def commands(readme: Path) -> str:
    """The blocks marked `sh`, as one script."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", readme.read_text(), re.DOTALL | re.MULTILINE))


def run_readme(name: str, folder: Path, **environ: str) -> str:
    """Run an example's commands in a copy of its folder; returns what they printed."""
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", "results"))
    kept = {key: value for key, value in os.environ.items() if not key.endswith("_API_KEY")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", commands(folder / "README.md")],
        cwd=folder,
        env={**kept, "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_example_is_listed() -> None:
    listed = re.findall(r"^\| \[\w+\]\((\w+)\)", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == FOLDERS


@pytest.mark.slow
def test_own_file_is_run_and_compared(tmp_path: Path) -> None:
    said = run_readme("own_file", tmp_path / "own_file")
    assert "questions.csv" in said
    assert "comparison of own-file · SIMULATED" in said


def test_own_task_is_found_and_its_samples_meet_the_pin(tmp_path: Path) -> None:
    said = run_readme("own_task", tmp_path / "own_task")
    assert "clock-sums v1 · 5 samples x 2" in said
    manifest = json.loads((tmp_path / "own_task/results/own-task/manifest.json").read_text())
    assert [task["grader"] for task in manifest["tasks"]] == ["math"]


@pytest.mark.slow
def test_own_provider_is_called_at_its_own_address(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness", "mock", "--port", "0", "--speed", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as mock:
        assert mock.stdout is not None
        url = json.loads(mock.stdout.readline())["url"]
        said = run_readme("own_provider", tmp_path / "own_provider", ACME_BASE_URL=f"{url}/generic/v1")
        mock.terminate()
    assert "acme/acme-large" in said
    assert "sim/fast-sloppy" in said


@pytest.mark.slow
def test_mocked_ci_passes_its_tests_and_its_gate(tmp_path: Path) -> None:
    said = run_readme("mocked_ci", tmp_path / "mocked_ci")
    assert "2 passed" in said
    assert "passed: all" in said
    workflow = (tmp_path / "mocked_ci/workflow.yml").read_text()
    for command in commands(tmp_path / "mocked_ci/README.md").splitlines():
        if command and "before" not in command:
            assert f"- run: {command}\n" in workflow
