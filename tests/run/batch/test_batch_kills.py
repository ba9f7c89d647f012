"""Runs by batches killed with SIGKILL at drawn instants and resumed: nothing is submitted or billed twice, or lost."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from harness.core.prices import Cost
from harness.core.types import Completion
from harness.mock.billing import read_ledger, total_usd
from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.pricing.attempts import call_cost
from harness.pricing.book import load_book
from harness.store.batches import BatchJournal
from harness.store.call_log import calls
from harness.store.resume import completed_jobs
from harness.store.run_dir import RunDir
from tests.run.batch.batch_session import SAMPLES, batch_endpoint, batch_model, make_batch_run

KILLS = 8
STEPS = 3
"""Steps of a batch in the journal before it is closed: a kill comes at a drawn instant after a drawn one of them."""
SOON_S = 0.02


@dataclass(frozen=True, slots=True)
class Kill:
    """When to kill a session: so many seconds after the journal has so many more lines."""

    lines: int
    after_s: float


def session(run: RunDir, kill: Kill | None) -> bool:
    """Run one session in a process; returns whether it ended by itself."""
    command = [sys.executable, "-m", "tests.run.batch.killed_session", str(run.path)]
    root = Path(__file__).resolve().parents[3]
    before = lines_of_journal(run)
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if kill is not None:
            while process.poll() is None and lines_of_journal(run) < before + kill.lines:
                time.sleep(0.001)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(kill.after_s)
            process.kill()
        code = process.wait()
    assert code in (0, -9)
    return code == 0


def lines_of_journal(run: RunDir) -> int:
    path = run.path / "batches.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def state_of(run: RunDir) -> str:
    """How far the batch of a killed session was."""
    batches = BatchJournal(run.path).open_batches
    if not batches:
        return "none"
    one = batches[-1]
    return "started" if one.id is not None else "prepared" if one.reference is not None else "planned"


@pytest.mark.slow(60)
@pytest.mark.parametrize("dialect", ["openai", "anthropic_messages", "xai"])
def test_nothing_is_submitted_or_billed_twice_however_often_a_run_is_killed(tmp_path: Path, dialect: str) -> None:
    random, ledger = Random(dialect), tmp_path / "ledger.jsonl"
    config = MockConfig(models=(batch_model(),), samples=SAMPLES, ledger=ledger, time_scale=0.1)
    runs: list[RunDir] = []
    kills: Counter[str] = Counter()
    with MockProcess(config) as mock:
        while kills.total() < KILLS:
            run, _ = make_batch_run(tmp_path / f"run{len(runs)}", [batch_endpoint(mock, dialect)])
            runs.append(run)
            while kills.total() < KILLS and not session(run, Kill(random.randint(0, STEPS), random.random() * SOON_S)):
                kills[state_of(run)] += 1
            assert session(run, None)
    assert kills.total() == KILLS, kills  # at which steps depends on how busy the machine is
    entries = read_ledger(ledger)
    assert len(entries) == len(runs) * len(SAMPLES)
    spent = sum((billed(run) for run in runs), Decimal(0))
    assert spent == total_usd(entries)


def billed(run: RunDir) -> Decimal:
    """Dollars of all attempts of a run that is complete."""
    manifest = run.manifest()
    book = load_book(own=manifest.prices)
    found = list(calls(run))
    assert len(found) == len(SAMPLES)
    assert all(isinstance(call.attempts[-1], Completion) for call in found)
    assert completed_jobs(run).unknown == []
    assert BatchJournal(run.path).open_batches == []
    costs = [call_cost(call, book, manifest.endpoints[0])[0] for call in found]
    assert all(isinstance(cost, Cost) for cost in costs)
    return sum((cost.usd for cost in costs if isinstance(cost, Cost)), Decimal(0))
