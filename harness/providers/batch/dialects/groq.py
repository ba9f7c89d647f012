"""Groq: 50,000 lines and 200 MB a batch, from 24 hours to 7 days (page "Batch Processing", as of 2026-11)."""

from __future__ import annotations

from harness.providers.batch.file_batches import FileBatches

BATCHES = FileBatches(has_metadata=False)
