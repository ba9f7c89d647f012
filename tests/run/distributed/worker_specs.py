"""What a worker is given, for tests that start none. Not a test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from harness.run.distributed.messages import WorkerSpec
from harness.run.session import DEFAULT_OPTIONS


def worker_spec(run: Path, *, probe: str = "") -> WorkerSpec:
    """Worker 3 of a run in a folder."""
    return WorkerSpec(
        number=3,
        run=run,
        segment=run / "calls-3.jsonl",
        endpoints=(),
        options=DEFAULT_OPTIONS,
        host="head",
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        version="1",
        probe=probe,
        grade_processes=1,
    )
