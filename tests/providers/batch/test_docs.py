"""docs/batch.md against the batch APIs: every dialect with its limits."""

from __future__ import annotations

from pathlib import Path

from harness.providers.batch.loader import batch_dialects, batches_of
from harness.providers.batch.protocol import MEGABYTE


def test_the_page_has_the_limits_of_every_batch_api(root: Path) -> None:
    page = (root / "docs/batch.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[:3] for line in page.splitlines() if line.startswith("| `")]
    limits = {name: batches_of(name).limits for name in batch_dialects()}
    expected = [[f"| `{name}`", f"{one.requests:,}", f"{one.size_bytes // MEGABYTE:,}"] for name, one in limits.items()]
    assert [row for row in rows if row[0] != "| `dialect:`"] == expected
