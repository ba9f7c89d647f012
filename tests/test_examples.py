"""Every command in the READMEs of examples/ runs as it is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.commands import run_here

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_mock_scenario_refuses_once_and_bills_the_second(tmp_path: Path) -> None:
    said = run_readme("mock_scenario", tmp_path / "mock_scenario")
    assert re.findall(r"HTTP (\d+)", said) == ["429", "200"]
    assert '"total_usd"' in said


@pytest.mark.slow
def test_shell_file_of_ci_runs_a_gate(tmp_path: Path) -> None:
    said = run_readme("ci", tmp_path / "ci")
    assert "passed: all 14 checks" in said
    assert (tmp_path / "ci/harness-junit.xml").is_file()
    assert (tmp_path / "ci/harness-summary.md").is_file()


@pytest.mark.slow
def test_the_notebook_has_the_numbers_of_report_and_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "notebook"
    run_readme("notebook", folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MPLBACKEND", "agg")
    made = execute_cells(folder / "analysis.ipynb")

    report = json.loads(run_here("report", "notebook", "--format", "json", cwd=folder).stdout)
    table = made["table"]
    assert list(table.index) == [(row["task"], row["model"]) for row in report["rows"]]
    for row in report["rows"]:
        own = table.loc[(row["task"], row["model"])]
        for name in own.index.difference(["accuracy_low", "accuracy_high"]):
            found = None if pd.isna(own[name]) else own[name]
            if found is None or row[name] is None:
                assert (found, row[name]) == (None, None), name
            elif name in ("spent_usd", "usd_per_correct"):
                assert found == Decimal(row[name]), name
            else:
                assert found == pytest.approx(row[name], rel=1e-12), name
        assert [own.accuracy_low, own.accuracy_high] == pytest.approx(row["accuracy_interval"])

    compared = json.loads(run_here("compare", "notebook", "--format", "json", cwd=folder).stdout)
    against = compared["tables"][0]["rows"][1]["against_baseline"]
    pairs = made["pairs"]
    assert pairs["difference"] == pytest.approx(against["accuracy_difference"]["estimate"])
    assert pairs["better"] + pairs["worse"] == against["test"]["differing"]
    assert pairs["samples"] == against["test"]["samples"]
    assert pairs["p_value"] == pytest.approx(against["test"]["p_value"])
    points = made["axes"].containers
    assert [point.get_label() for point in points] == [
        f"{row['model']} on {row['task']}" for row in report["rows"] if row["spent_usd"] is not None
    ]


def execute_cells(notebook: Path) -> dict[str, Any]:
    """Run the code cells in order; returns the names they leave."""
    names: dict[str, Any] = {}
    for cell in json.loads(notebook.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{notebook.name}, {cell['id']}", "exec"), names)
    return names
