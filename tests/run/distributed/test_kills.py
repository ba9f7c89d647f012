"""Workers that are killed at random moments: nothing is lost and nothing billed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.distributed import Job, kill_workers


@pytest.mark.slow
def test_killed_workers_are_replaced_and_the_run_is_complete(tmp_path: Path) -> None:
    said = kill_workers(tmp_path, Job(samples=150), kills=3, seed=1, nodes=0)
    assert said.startswith("3 kills")
