"""Moonshot: 100 MB a batch, one model each, from 12 hours to 7 days (page "Create Batch", as of 2026-11)."""

from __future__ import annotations

from harness.providers.batch.file_batches import FileBatches
from harness.providers.batch.protocol import MEGABYTE, BatchLimits

BATCHES = FileBatches(limits=BatchLimits(requests=50_000, size_bytes=100 * MEGABYTE), window="24h")
