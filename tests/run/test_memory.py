"""Memory stays flat, measured in a process of its own; a million jobs: python -m benchmarks.store --jobs 1000000."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def over_base_mb(jobs: int, root: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.store", "--jobs", str(jobs)]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    figures = json.loads(said)
    assert figures["jobs"] >= jobs * 0.99
    return float(figures["over_base_mb"])


@pytest.mark.slow
def test_resuming_a_run_of_two_thousand_jobs_takes_a_few_megabytes(root: Path) -> None:
    assert over_base_mb(2_000, root) < 30


@pytest.mark.slow
def test_resuming_a_run_of_a_hundred_thousand_jobs_takes_less_than_40_megabytes(root: Path) -> None:
    assert over_base_mb(100_000, root) < 40
