"""OpenRouter's activity export."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.importers.foreign_files import read


def test_openrouter_activity_is_summed_by_model_and_day(tmp_path: Path) -> None:
    head = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug"
    rows = ["a,2025-11-20 10:00:00,0.01,100,50,0,x/y", "b,2025-11-20 11:00:00,0.02,200,60,,x/y"]
    (tmp_path / "activity.csv").write_text("\n".join([head, *rows]) + "\n")
    (row,) = read(tmp_path / "activity.csv", "openrouter-usage").rows
    assert (row.usd, row.n) == (Decimal("0.03"), 2)
    assert (row.tokens[0].prompt, row.tokens[0].cached) == (300, None)  # one row does not say what was cached
