"""Together: 50,000 requests and 100 MB a batch; lines have no method, files an upload path of their own.

Sources: page "Batch Inference", API reference "Upload a file"; state of 2026-11.
"""

from __future__ import annotations

from harness.providers.batch.file_batches import FileBatches
from harness.providers.batch.protocol import MEGABYTE, BatchLimits

BATCHES = FileBatches(
    limits=BatchLimits(requests=50_000, size_bytes=100 * MEGABYTE),
    purpose="batch-api",
    upload_path="/files/upload",
    names_file=True,
    has_metadata=False,
    has_method=False,
)
