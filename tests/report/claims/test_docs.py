"""The page on claims: its example is accepted as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from harness.report.claims.ledger import load_ledger
from harness.report.claims.metric_names import METRIC_NAMES


def test_example_of_a_new_claim_is_accepted(root: Path, tmp_path: Path) -> None:
    page = (root / "docs" / "claims.md").read_text()
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example is not None
    (tmp_path / "mine.yaml").write_text(example[1])
    assert load_ledger([tmp_path / "mine.yaml"]).ids == ("post-1",)


def test_page_names_every_metric_that_is_not_in_the_statistics(root: Path) -> None:
    page = (root / "docs" / "claims.md").read_text()
    assert {name for name in METRIC_NAMES if f"`{name}`" in page} >= {
        "prompt_tokens_ratio",
        "front_chance",
        "quadrant_chance",
    }
