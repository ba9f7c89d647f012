"""Rows whose charges cover a part only."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.importers.foreign_files import read


def test_bullshit_part_of_the_charges_is_no_total(tmp_path: Path) -> None:
    head = "model,rows,rows_with_cost,prompt_tokens_total,completion_tokens_total,cost_usd_total"
    (tmp_path / "u.csv").write_text(f"{head}\na/b@reasoning=low,55,54,10,20,1.5\n")
    (row,) = read(tmp_path / "u.csv", "bullshit").rows
    assert row.usd is None
    assert row.figures["charged_usd"] == Decimal("1.5")
