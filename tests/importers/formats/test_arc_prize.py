"""Rows of the ARC Prize."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.importers.foreign_files import read


def test_arc_prize_row_that_stands_twice_counts_once(tmp_path: Path) -> None:
    row = {"datasetId": "v1", "modelId": "m", "score": 0.5, "costPerTask": 0.2}
    (tmp_path / "evaluations.json").write_text(json.dumps([row, row]))
    found = read(tmp_path / "evaluations.json", "arc-prize")
    assert [one.usd_per_task for one in found.rows] == [Decimal("0.2")]
    assert found.published.notes == ("m stands twice on v1; the first row counts",)


def test_the_pages_own_files_of_arc_prize(tmp_path: Path) -> None:
    row = {"datasetId": "v2", "modelId": "m", "score": 0.5, "costPerTask": 0.2}
    (tmp_path / "v2.json").write_text(json.dumps({"version": "v2", "evaluations": [row]}))
    (only,) = read(tmp_path / "v2.json", "arc-prize").rows
    assert (only.accuracy, only.usd_per_task) == (0.5, Decimal("0.2"))
