"""Which earlier runs an estimate goes by."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from tests.cli.estimates import earlier, estimated, only_row, usage


def test_from_takes_only_the_runs_named(task_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(task_dir / "results" / "old", "acme/rocket", [usage(100, 10)])
    earlier(task_dir / "elsewhere", "acme/rocket", [usage(100, 20)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1", "--from", "elsewhere"))
    assert (row["expected_usd"], row["basis"]) == ("0.0003", "1 answer of this model in elsewhere")


def test_an_unreadable_run_is_named_and_left_out(task_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(task_dir / "results" / "good", "acme/rocket", [usage(100, 10)])
    (task_dir / "results" / "bad").mkdir()
    (task_dir / "results" / "bad" / "manifest.json").write_text("{}")
    words = ["estimate", "own.jsonl", "--grader", "math", "-m", "acme/rocket", "--limit", "1"]
    assert main(words) == EXIT_OK
    shown = capsys.readouterr()
    assert "results/bad is left out" in shown.err
    assert "1 answer of this model in good" in shown.out
    assert main([*words, "--from", "results/bad"]) != EXIT_OK
