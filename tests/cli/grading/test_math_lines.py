"""Pairs of answers graded line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from tests.cli.graded_lines import PAIRS, jsonl, rows_of


def test_pairs_are_graded_in_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", PAIRS)]) == EXIT_OK
    said = capsys.readouterr()
    found = rows_of(said.out)
    assert [(row.get("id"), row["equal"]) for row in found] == [("half", True), (None, True), (7, False)]
    assert [list(row) for row in found[:2]] == [["id", "equal", "rule", "why", "ms"], ["equal", "rule", "why", "ms"]]
    assert found[0]["why"] == "expected 1/2; got 0.5; equal as numbers"
    assert "3 lines: 2 equal, 1 not equal" in said.err


def test_a_choice_is_read_with_its_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "What is six times seven? (A) 41 (B) 42 (C) 43"
    rows = [{"gold": "B", "prediction": "42", "question": question}, {"gold": "B", "prediction": "42"}]
    assert main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", rows)]) == EXIT_OK
    assert [row["equal"] for row in rows_of(capsys.readouterr().out)] == [True, False]
