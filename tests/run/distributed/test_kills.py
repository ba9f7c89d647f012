"""Workers, nodes and sessions that are killed at drawn moments: nothing is lost and nothing billed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.simulated_runs import Job
from benchmarks.worker_kills import kill_workers


@pytest.mark.slow(60)
def test_killed_workers_with_conversations_are_replaced_and_the_run_is_complete(tmp_path: Path) -> None:
    said = kill_workers(tmp_path, Job(samples=150, feedback_rounds=1), kills=3, seed=1, nodes=0)
    assert said.startswith("3 kills")


@pytest.mark.slow(40)
def test_killed_nodes_of_a_cluster_are_replaced_and_the_run_is_complete(tmp_path: Path) -> None:
    said = kill_workers(tmp_path, Job(samples=100), kills=2, seed=4, nodes=2)  # draws a node first
    assert " 0 of whole nodes" not in said
