"""A long run with faults over real sockets: benchmarks/soak.py, which checks that it is complete and leaks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import soak


@pytest.mark.slow(60)
def test_ten_thousand_calls_with_faults_end_complete_and_flat(tmp_path: Path) -> None:
    figures = soak(10_000, tmp_path)
    assert figures["done"] == 10_000
    failed = figures["failed_attempts"]
    assert isinstance(failed, dict)
    assert sum(failed.values()) > 350  # about 5% of the attempts
    growth, most, left = figures["growth_in_second_half_mb"], figures["most_open_files"], figures["open_files_left"]
    assert isinstance(growth, float)
    assert growth < 15
    assert isinstance(most, int)
    assert most < 4 * 32 + 60  # four models of 32 connections, and the files and pipes of the rest
    assert isinstance(left, int)
    assert left < 10
