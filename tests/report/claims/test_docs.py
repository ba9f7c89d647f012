"""The page on claims: its example prints what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.report.claims.metric_names import METRIC_NAMES


def test_example_of_a_new_claim_prints_what_the_page_shows(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (root / "docs" / "claims.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    Path("mine.yaml").write_text(example)
    assert main(["claims", "--ledger", "mine.yaml", "--id", "post-1", "--at", "2026-11-20"]) == 0
    assert capsys.readouterr().out == shown


def test_page_names_every_metric_that_is_not_in_the_statistics(root: Path) -> None:
    page = (root / "docs" / "claims.md").read_text()
    assert {name for name in METRIC_NAMES if f"`{name}`" in page} >= {
        "prompt_tokens_ratio",
        "front_chance",
        "quadrant_chance",
    }
