"""Tables of Artificial Analysis."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.importers.foreign_files import read


def test_artificial_analysis_empty_is_unknown(tmp_path: Path) -> None:
    head = "slug,name,ii,price_in,price_out,cost_total,tok_in,tok_out"
    (tmp_path / "aa_2026-04-10.csv").write_text(f"{head}\nm-1,M 1,50,1,2,0,1000000,500000\nm-2,M 2,,,,,,\n")
    rows = read(tmp_path / "aa_2026-04-10.csv", "artificial-analysis").rows
    assert [row.usd for row in rows] == [None, None]  # 0: free or unknown
    assert rows[0].rates == (Decimal(1), Decimal(2))
    assert rows[1].tokens == ()
