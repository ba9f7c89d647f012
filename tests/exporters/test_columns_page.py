"""The docs page of the columns."""

from __future__ import annotations

from pathlib import Path

from harness.exporters.columns_page import page


def test_docs_page_is_that_of_the_columns(root: Path) -> None:
    is_current = (root / "docs" / "data-columns.md").read_text(encoding="utf-8") == page()
    assert is_current, "in the checkout's folder run: python -m harness.exporters.columns_page > docs/data-columns.md"
