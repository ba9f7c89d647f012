"""harness regrade --usage."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
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
