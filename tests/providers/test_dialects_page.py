"""The docs page of the dialects."""

from __future__ import annotations

from pathlib import Path

from harness.providers.dialects_page import page


def test_the_docs_page_is_the_one_the_dialects_write(root: Path) -> None:
    is_current = (root / "docs" / "dialects.md").read_text() == page()
    assert is_current, "in the checkout's folder run: python -m harness.providers.dialects_page > docs/dialects.md"
