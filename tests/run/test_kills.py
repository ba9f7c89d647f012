"""Runs killed with SIGKILL at drawn instants and resumed: benchmarks/kills.py, which checks as it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import JOB, kill_in_chains


@pytest.mark.slow(130)
def test_nothing_is_lost_or_paid_twice_over_sixty_kills(tmp_path: Path) -> None:
    tally = kill_in_chains(tmp_path, kills=60, seed=0, chains=2)
    assert tally.kills == 60
    assert tally.jobs == tally.runs * JOB.calls
    assert tally.unknown > 30  # the kills must hit answers in flight
    assert tally.counted_usd >= tally.billed_usd > 0
