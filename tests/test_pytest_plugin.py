"""The pytest plugin in pytest runs of its own: recorded once against a mock, replayed afterwards without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
from pathlib import Path

import pytest

from harness.testing import assert_accuracy, assert_latency, assert_usd


@pytest.mark.parametrize("limit", [2])
def test_model(harness_run, limit):
    run = harness_run(tasks="core-math", models="sim/fast-sloppy", limit=limit, system=Path("system.txt").read_text())
    print("MODE", run.mode, run.summary["n"].tolist())
    assert_accuracy(run, at_least=0.0, task="core-math")
    assert_usd(run, at_most="0.01")
    with pytest.raises(AssertionError, match="sim/fast-sloppy on core-math: [$]0.0"):
        assert_usd(run, at_most=0)
    with pytest.raises(AssertionError, match="has no row of task gsm8k"):
        assert_accuracy(run, task="gsm8k")
"""
MOCK = """
import urllib.request

from harness.testing import simulated


def test_mock(harness_mock):
    mock = harness_mock([simulated("m")])
    with urllib.request.urlopen(mock.url + "/v1/models") as reply:
        assert b'"id": "m"' in reply.read()
"""


def pytest_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_recording_is_made_once_and_answers_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "test_m.py").write_text(TEST)
    (tmp_path / "system.txt").write_text("Be brief.")
    unrecorded = pytest_in(tmp_path)
    assert unrecorded.returncode == 1
    assert "make it with --harness-record" in unrecorded.stdout

    recorded = pytest_in(tmp_path, "--harness-record")
    assert recorded.returncode == 0, recorded.stdout
    folder = tmp_path / "recordings/test_m/test_model-2"
    files = {file: file.read_bytes() for file in folder.rglob("*.json*")}
    assert len(files) == 2

    replayed = pytest_in(tmp_path)
    assert replayed.returncode == 0, replayed.stdout
    assert "MODE SIMULATED [2]" in replayed.stdout  # what was recorded were simulated answers
    assert {file: file.read_bytes() for file in folder.rglob("*.json*")} == files

    (tmp_path / "system.txt").write_text("Be very brief.")
    changed = pytest_in(tmp_path)
    assert changed.returncode == 1
    assert '"content": "Be very brief."' in changed.stdout


@pytest.mark.slow
def test_a_mock_runs_beside_a_test_that_blocks(tmp_path: Path) -> None:
    (tmp_path / "test_m.py").write_text(MOCK)
    ran = pytest_in(tmp_path)
    assert ran.returncode == 0, ran.stdout


def test_plugin_imports_nothing_that_takes_time() -> None:
    code = "import sys, pytest, harness.pytest_plugin; print(sorted(m for m in sys.modules if m.startswith('harness')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['harness', 'harness.pytest_plugin']"
