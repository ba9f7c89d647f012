"""`harness mock` as a process: it says where it listens, knows the tasks' answers, and names what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.mock.billing import read_ledger


def test_it_announces_its_address_answers_a_task_and_keeps_a_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-m", "harness", "mock", "core-math", "--port", "0", "--speed", "0"]
    command += ["--ledger", str(ledger)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, text=True) as mock:
        assert mock.stdout is not None
        said = json.loads(mock.stdout.readline())
        body = {"model": "cheap-verbose", "messages": [{"role": "user", "content": "no sample's prompt"}]}
        request = urllib.request.Request(
            f"{said['url']}/generic/v1/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)
        mock.terminate()
    assert answer["choices"][0]["message"]["content"]
    assert said["ledger"] == str(ledger)
    (entry,) = read_ledger(ledger)
    assert entry.tokens.completion == answer["usage"]["completion_tokens"]


@pytest.mark.parametrize(
    ("words", "said"), [(["gsm9k"], "gsm8k"), (["mine.jsonl"], "--grader"), (["gone.jsonl"], "no such file")]
)
def test_a_task_that_it_cannot_serve_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.jsonl").touch()
    assert main(["mock", *words]) == 2
    assert said in capsys.readouterr().err
