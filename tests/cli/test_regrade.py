"""harness regrade --usage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Usage
from harness.store.call_log import calls
from harness.store.corrections import usage_path
from harness.store.run_dir import RunDir
from tests.run.rederive.reparsed import misread_run


def test_the_command_prints_tokens_and_dollars_before_and_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = misread_run(tmp_path / "run")
    assert main(["regrade", "--usage", str(run.path)]) == EXIT_OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "xai/grok: 2 of 3 attempts read differently by xai v" in shown
    assert "1 more kept none" in shown
    assert "completion tokens 800 1800" in shown
    assert "dollars 0.0201 + 1 job ? 0.0333 + 1 job ?" in shown
    assert "0.033" in (run.path / "report.md").read_text()


def test_usage_and_only_missing_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regrade", "--usage", "--only-missing", str(tmp_path)]) == EXIT_USAGE
    assert "does not go with --only-missing" in capsys.readouterr().err


def test_usage_of_an_imported_run_stays_as_its_importer_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Inspect's names: a dialect that knows them not took the 100,000 tokens read from a cache for reasoning."""
    log, results = tmp_path / "log.json", str(tmp_path / "results")
    usage = {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 101_500, "input_tokens_cache_read": 100_000}
    sample = {"id": "s1", "input": "2+2?", "target": "4", "model_usage": {"acme/one": usage}}
    log.write_text(json.dumps({"eval": {"model": "acme/one", "task": "sums"}, "samples": [sample]}))
    assert main(["import", str(log), "--name", "theirs", "--results", results]) == EXIT_OK
    run = RunDir(tmp_path / "results" / "theirs")
    assert main(["regrade", "--usage", str(run.path)]) == EXIT_USAGE
    assert "is IMPORTED: its importer read its usage" in capsys.readouterr().err
    assert not usage_path(run).exists()
    (answer,) = calls(run)
    assert answer.accepted is not None
    assert answer.accepted.usage == Usage(prompt_tokens=101_000, completion_tokens=500, cached_tokens=100_000)
