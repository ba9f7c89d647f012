"""harness audit on imported runs and boards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.store.run_dir import RunDir
from tests.cli.imported_runs import MODEL


def test_audit_of_an_imported_run_is_that_of_its_files(imported: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for path in ("replies.jsonl", "results/theirs"):
        assert main(["audit", path, "--json"]) == EXIT_OK
        rows.append(json.loads(capsys.readouterr().out)["rows"])
    of_files, of_run = rows
    assert [row["model"] for row in of_run] == [f"openrouter/{MODEL}", "openrouter/minimax/minimax-m2"]
    for kept in ("n", "correct", "accuracy_low", "accuracy_high", "usd_recomputed"):
        assert [row[kept] for row in of_run] == [row[kept] for row in of_files]
    assert {row["correct"] for row in of_run} == {3}  # q0 of each model is not correct
    assert imported.manifest().imported is not None
    assert main(["audit", "results/theirs", "replies.jsonl"]) == EXIT_USAGE
    assert "audit it alone" in capsys.readouterr().err


def test_a_board_without_samples_is_no_run_and_is_audited_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    row = {"datasetId": "v1", "modelId": "m", "score": 0.5, "costPerTask": 0.2}
    (tmp_path / "evaluations.json").write_text(json.dumps([row]))
    assert main(["import", "evaluations.json", "--name", "arc"]) == EXIT_OK
    assert "no samples behind its rows, so no run" in capsys.readouterr().out
    assert main(["audit", "results/arc", "--json"]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert (found["mode"], found["rows"][0]["usd_per_correct"]) == ("IMPORTED", "0.4")  # 0.2 / 0.5


def test_import_and_audit_refuse_what_they_do_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("model,correct\nm,1\n")
    assert main(["import", "t.csv", "--format", "swebnch"]) == EXIT_USAGE
    assert "did you mean swebench?" in capsys.readouterr().err
    assert main(["import", "t.csv", "--grader", "magic"]) == EXIT_USAGE
    assert main(["audit", "t.csv", "--baseline", "none"]) == EXIT_USAGE
    assert "--baseline none: no such row" in capsys.readouterr().err
