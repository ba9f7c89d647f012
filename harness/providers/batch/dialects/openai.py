"""OpenAI: 50,000 requests and 200 MB a batch (API reference "Create batch", as of 2026-11)."""

from __future__ import annotations

from harness.providers.batch.file_batches import FileBatches

BATCHES = FileBatches()
