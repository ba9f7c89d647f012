"""JSON Lines: one object a row; exact decimals as texts, unknown as null."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from harness.exporters.jsonl import write
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData


def test_each_row_is_an_object_whose_dollars_are_exact_texts(data: RunData, tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    assert write(path, TABLES["samples"], [data]) == []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows
    assert all(list(row) == [column.name for column in TABLES["samples"].columns] for row in rows)
    known = [row["spent_usd"] for row in rows if row["spent_usd"] is not None]
    assert all(isinstance(usd, str) and Decimal(usd) >= 0 for usd in known)
    assert any(row["spent_usd"] is None for row in rows)  # the run holds a job of unknown cost


def test_several_runs_stand_one_after_the_other(data: RunData, tmp_path: Path) -> None:
    once, twice = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    write(once, TABLES["summary"], [data])
    write(twice, TABLES["summary"], [data, data])
    assert twice.read_bytes() == 2 * once.read_bytes()
