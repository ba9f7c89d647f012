"""Kills a run again and again with SIGKILL, resumes it until it is complete, and checks that nothing was lost.

    python benchmarks/kills.py --kills 200 --seed 0

Real processes: `python -m harness run` against simulated models that refuse, break and cut. After each run: every job
has exactly one final outcome, the dollars of each attempt are those of the mock's ledger, those of all (with bounds
where unknown) cover its sum, and nothing that had an outcome was sent again. Also the body of tests/run/test_kills.py.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from benchmarks.simulated_runs import (
    OFTEN,
    Job,
    finish,
    logged_bytes,
    start_harness,
    start_run,
    write_task,
)
from harness.core.prices import Cost
from harness.core.types import Failure
from harness.mock.billing import read_ledger, total_usd
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.execution.progress import ModelProgress
from harness.run.execution.restore import restore_state
from harness.store.call_log import call_lines
from harness.store.codec import EndLine, SentLine
from harness.store.run_dir import RunDir

JOB = Job(samples=40, repeats=3, at_once=6, ttft_s=0.02, timeout_s=1.0, faults=OFTEN)
MAX_DURATION_S = 60.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `twice` and the like would be raised, not counted."""

    kills: int = 0
    runs: int = 0
    sessions: int = 0
    unknown: int = 0
    jobs: int = 0
    billed_usd: Decimal = Decimal(0)
    counted_usd: Decimal = Decimal(0)

    def add(self, other: Tally) -> None:
        """Take in another chain's tally."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def kill_and_resume(folder: Path, *, kills: int, seed: int) -> Tally:
    """Kill that many sessions, one run after another, the last run brought to its end. Raises AssertionError."""
    random = Random(seed)
    tally = Tally()
    folder.mkdir(parents=True, exist_ok=True)
    write_task(folder, JOB)
    while tally.kills < kills:
        run = folder / f"run-{tally.runs}"
        while True:
            may_kill = tally.kills < kills
            killed = _session(folder, run, random if may_kill else None)
            tally.sessions += 1
            tally.kills += killed
            if not killed:
                break
        tally.add(check_run(RunDir.open(run), jobs=JOB.calls))
        tally.runs += 1
    return tally


def _session(folder: Path, run: Path, random: Random | None) -> bool:
    """One process; True when it was killed, False when the run is complete."""
    is_new = not (run / "manifest.json").exists()
    if is_new and run.exists():
        run.rename(run.with_name(f"{run.name}-stillborn-{time.monotonic_ns()}"))  # killed before there was a run
    if is_new:
        process = start_run(folder, run.name, JOB, "--max-usd", "50")
    else:
        process = start_harness(folder, "run", "--resume", run.name, "--quiet")
    if random is not None and _wait_for_doom(process, run, random):
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            return True
    finish(process)
    return False


def _wait_for_doom(process: subprocess.Popen[str], run: Path, random: Random) -> bool:
    """Wait for the instant to kill: a time since the start, or so many bytes in the call log; False: it ended first."""
    ends_at = time.monotonic() + (random.uniform(0.0, 2.0) if random.random() < 0.2 else MAX_DURATION_S)
    size = logged_bytes(run) + random.randint(1, 60_000)
    while process.poll() is None:
        if time.monotonic() > ends_at or logged_bytes(run) >= size:
            return True
        time.sleep(0.004)
    return False


def check_run(run: RunDir, *, jobs: int) -> Tally:
    """What a complete run of so many jobs came to. Raises AssertionError where something was lost or billed twice."""
    manifest = run.manifest()
    finals: Counter[str] = Counter()
    answered: dict[str, int] = {}
    sends: Counter[tuple[str, int]] = Counter()
    places: dict[tuple[str, str, str], str] = {}
    endpoints = {one.label: one for one in manifest.endpoints}
    book = load_book(own=manifest.prices)
    dollars: dict[tuple[str, int], Decimal] = {}
    for line in call_lines(run):
        key = line.head.key
        places[line.head.name.partition("/")[2], line.head.sample_id, str(line.head.repeat)] = key
        if isinstance(line, SentLine):
            assert key not in finals, f"{key} was sent again after its outcome"
            sends[key, line.number] += 1
            continue
        if isinstance(line, EndLine):
            finals[key] += 1
            answered[key] = line.number - 1
            continue
        cost = cost_of_attempt(book, endpoints[line.head.label], line.head.params, line.attempt)
        if isinstance(cost, Cost):
            dollars[key, line.number] = cost.usd
        if line.is_final:
            finals[key] += 1
            if not isinstance(line.attempt, Failure):
                answered[key] = line.number
    assert len(finals) == jobs, f"{len(finals)} of {jobs} jobs ended"
    assert set(finals.values()) == {1}, "a job has more than one final outcome"
    assert set(sends.values()) == {1}, "an attempt's number was given twice"
    ledger = read_ledger(run.path / "mock-ledger.jsonl")
    billed: dict[tuple[str, int], Decimal] = {}
    for entry in ledger:
        assert entry.sample_id is not None
        key = places[entry.model, entry.sample_id, entry.repeat]
        number = int(entry.headers["x-harness-attempt"])
        assert (key, number) not in billed, "the provider billed one attempt twice"
        billed[key, number] = entry.bill.usd
        assert (key, number) in sends, "the provider was sent something that no line says was sent"
        assert number <= answered.get(key, number), f"{key} was sent again after its answer"
    for attempt, usd in dollars.items():
        assert usd == billed.get(attempt, 0), f"{attempt} was counted as ${usd} and billed ${billed.get(attempt, 0)}"
    models = {one.label: ModelProgress(label=one.label, simulated=True, total=0) for one in manifest.endpoints}
    budget = Budget(cap_usd=None)
    back = restore_state(run, manifest, models, budget=budget, book=book, retry_failed=False)
    assert not back.ungraded
    assert budget.spent_usd >= total_usd(ledger), f"counted {budget.spent_usd}, billed {total_usd(ledger)}"
    return Tally(
        unknown=len(back.completed.unknown), jobs=jobs, billed_usd=total_usd(ledger), counted_usd=budget.spent_usd
    )


def main() -> int:
    """Run it and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chains", type=int, default=2, help="runs killed side by side")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="harness-kills-") as folder:
        tally = kill_in_chains(Path(folder), kills=options.kills, seed=options.seed, chains=options.chains)
    print(f"{tally.kills} kills, {tally.sessions} sessions, {tally.runs} runs, {tally.jobs} jobs")
    print(f"{tally.unknown} attempts sent without outcome; billed ${tally.billed_usd}, counted ${tally.counted_usd}")
    print(f"nothing lost, nothing paid twice; {time.monotonic() - started:.0f} s")
    return 0


def kill_in_chains(folder: Path, *, kills: int, seed: int, chains: int) -> Tally:
    """Share the kills among chains of runs that go on side by side."""
    total = Tally()
    with ThreadPoolExecutor(chains) as pool:
        parts = [
            pool.submit(
                kill_and_resume,
                folder / f"chain-{chain}",
                kills=kills // chains + (chain < kills % chains),
                seed=seed * 1000 + chain,
            )
            for chain in range(chains)
        ]
        for part in parts:
            total.add(part.result())
    return total


if __name__ == "__main__":
    sys.exit(main())
