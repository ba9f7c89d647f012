"""Logs of SWE-bench."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from harness.audit.rows import rows_of
from tests.importers.foreign_files import read


def test_swebench_zero_dollars_are_unknown(tmp_path: Path) -> None:
    board = {
        "gpt-5": {
            "a__1": {"resolved": True, "cost": 0.5, "api_calls": 3},
            "a__2": {"resolved": False, "cost": 0, "api_calls": 1},
        }
    }
    (tmp_path / "board.json").write_text(json.dumps(board))
    found = read(tmp_path / "board.json", "swebench")
    assert [one.attempt.reported_cost_usd for one in found.answers] == [Decimal("0.5"), None]
    assert rows_of(found)[0].figures["api_calls"] == 4


def test_swebench_calls_are_unknown_where_one_instance_lacks_them(tmp_path: Path) -> None:
    board = {"m": {"a__1": {"resolved": True, "cost": 1, "api_calls": 3}, "a__2": {"resolved": True, "cost": 1}}}
    (tmp_path / "board.json").write_text(json.dumps(board))
    assert rows_of(read(tmp_path / "board.json", "swebench"))[0].figures["api_calls"] is None
