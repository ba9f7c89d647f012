"""Commands with a host that is not ASCII, in a locale that is: no traceback, and the exit code of what happened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from tests.cli.session.scripted_endpoint import PRICE

pytestmark = pytest.mark.slow
UNREACHABLE = {
    "models": EXIT_OK,
    "estimate sums.jsonl --grader math -m odd/m": EXIT_OK,
    "run sums.jsonl --grader math -m odd/m --name r": EXIT_INCOMPLETE,
    "speed -m odd/m --workload 1k --requests 1 --max-usd 1": EXIT_INCOMPLETE,
    "providers check -m odd/m": 1,
}
"""Exit code by command, where no such host is known."""


def harness(folder: Path, host: str, command: str) -> tuple[int, str]:
    provider = f"{{base_url: 'http://{host}/v1', dialect: generic, models: {{m: {{price: {PRICE}}}}}}}"
    (folder / "providers.yaml").write_text(f"providers: {{odd: {provider}}}", encoding="utf-8")
    (folder / "sums.jsonl").write_text('{"id": "s", "prompt": "What is 1 + 2?", "answer": "3"}\n')
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "harness", *command.split()]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", UNREACHABLE)
def test_host_nobody_knows(command: str, tmp_path: Path) -> None:
    code, said = harness(tmp_path, "模型.invalid", command)
    assert code == UNREACHABLE[command], said
    assert "Traceback" not in said
    assert ("dns" in said) is (code != EXIT_OK), said


@pytest.mark.parametrize("command", [command for command in UNREACHABLE if command != "models"])
def test_host_of_two_meanings_is_refused_before_anything_is_sent(command: str, tmp_path: Path) -> None:
    code, said = harness(tmp_path, "faß.example", command)
    assert code == EXIT_USAGE, said
    assert "Traceback" not in said
    assert "must be written in its ASCII form (xn--...)" in said
