"""Kills workers, whole nodes and sessions of runs at drawn moments, and checks what came of each run.

Every run starts with a budget of what it costs without kills. It is resumed as its messages say: after a killed
session, and with a larger budget once the first is used up: an attempt of unknown outcome counts at its maximum cost.
Run it with `python -m benchmarks.distributed kills`. Also the body of tests/run/distributed/test_kills.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.kills import check_run
from benchmarks.simulated_runs import (
    MAX_DURATION_S,
    Job,
    finish,
    grades,
    is_complete,
    logged_bytes,
    outcomes,
    start_harness,
    start_run,
    write_task,
)
from benchmarks.worker_runs import WORKERS, Cluster, cluster_of, workers_of
from harness.core.errors import EXIT_INCOMPLETE
from harness.mock.billing import read_ledger, total_usd
from harness.store.resume import completed_jobs
from harness.store.run_dir import RunDir

MAX_SESSIONS = 12
AMPLE_USD = "500"
NAMED = ("run", "created_at", "notes")
TIMES = ("timings", "seconds_per_task", "ttft_s", "ttft_p95_s", "first_answer_s", "chars_per_s", "output_tokens_per_s")
MEASURED = (*NAMED, *TIMES)
"""Of a report: its name and time, and what is measured anew in each run. `notes` are the words for the rest."""
DOLLARS = ("spent_usd", "usd_per_correct")


@dataclass(slots=True, kw_only=True)
class Kills:
    """Kills so far, of each kind, and what came of them. `wanted`: how many in all."""

    wanted: int
    random: Random
    cluster: Cluster
    workers: int = 0
    sessions: int = 0
    runs: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """Of all kinds."""
        return self.workers + self.sessions + self.cluster.nodes_killed

    def text(self) -> str:
        """The kills in words."""
        nodes = self.cluster.nodes_killed
        return f"{self.total} kills ({self.workers} of workers, {nodes} of whole nodes, {self.sessions} of sessions)"


def kill_workers(place: Path, job: Job, *, kills: int, seed: int, nodes: int) -> str:
    """Kill in one run after another, each brought to its end. Raises AssertionError where a check fails.

    `nodes`: of a Ray cluster; 0: local workers.
    """
    write_task(place, job)
    finish(start_run(place, "whole", job, "--max-usd", AMPLE_USD))
    budget_usd = total_usd(read_ledger(place / "whole" / "mock-ledger.jsonl"))
    began = time.monotonic()
    with cluster_of(nodes) as cluster:
        done = Kills(wanted=kills, random=Random(seed), cluster=cluster)
        while done.total < kills:
            run = place / f"killed-{done.runs}"
            sessions = done.sessions
            _run_to_its_end(run, job, budget_usd, done)
            _check(run, place / "whole", job, done, sessions=done.sessions - sessions)
            done.runs += 1
            print(f"{done.text()} in {done.runs} runs: all right", file=sys.stderr)
    return (
        f"{done.text()} in {done.runs} runs of {job.calls:,} calls: complete, nothing sent again after its outcome, "
        f"budget of ${budget_usd:.4f} kept, dollars those of the ledger, report that of a run without kills; "
        f"{done.unknown} attempts of unknown outcome, counted; {time.monotonic() - began:.0f} s"
    )


def _run_to_its_end(run: Path, job: Job, budget_usd: Decimal, done: Kills) -> None:
    """One session after another, killed until enough were, as their messages say."""
    place, workers = run.parent, done.cluster.options(WORKERS)
    limit_usd = budget_usd
    process = start_run(place, run.name, job, "--max-usd", str(limit_usd), *workers)
    for _ in range(MAX_SESSIONS):
        is_killed = _kill_some(process, run, job, done)
        _, said = process.communicate(timeout=MAX_DURATION_S)
        billed_usd = total_usd(read_ledger(run / "mock-ledger.jsonl"))
        assert billed_usd <= limit_usd, f"${billed_usd} were billed on a budget of ${limit_usd}"
        if is_complete(process.returncode, said):
            return
        assert is_killed or process.returncode == EXIT_INCOMPLETE, f"ended with {process.returncode}: {said}"
        more: tuple[str, ...] = ()
        if "budget" in said:
            limit_usd, more = Decimal(AMPLE_USD), ("--max-usd", AMPLE_USD)
        _wait_for_workers(run)
        process = start_harness(place, "run", "--resume", run.name, "--quiet", *more, *workers)
    raise AssertionError(f"{run} is not complete after {MAX_SESSIONS} sessions: {said}")


def _wait_for_workers(run: Path) -> None:
    """Those of a killed session end by themselves. Raises AssertionError where they do not."""
    ends_at = time.monotonic() + MAX_DURATION_S
    while workers_of(run):
        assert time.monotonic() < ends_at, f"workers outlive their session: {workers_of(run)}"
        time.sleep(0.05)


def _kill_some(process: subprocess.Popen[str], run: Path, job: Job, done: Kills) -> bool:
    """Kill until the session ends or enough was killed; whether the session itself was."""
    random, size = done.random, 0
    while done.total < done.wanted and process.poll() is None:
        size = max(size, logged_bytes(run)) + random.randint(1, 200 * job.calls)
        while logged_bytes(run) < size:
            if process.poll() is not None:
                return False
            time.sleep(0.01)
        what = random.random()
        if what < 0.1:
            process.kill()
            done.sessions += 1
            return True
        if what < 0.35 and done.cluster.can_kill_node:
            done.cluster.kill_node()
        elif workers := workers_of(run):
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)
                done.workers += 1
    return False


def _check(run: Path, whole: Path, job: Job, done: Kills, *, sessions: int) -> None:
    """A run with kills against one without. Raises AssertionError."""
    tally = check_run(RunDir.open(run), jobs=job.calls)
    expected = answers(whole)
    differing = [(expected.get(key), found) for key, found in answers(run).items() if found != expected.get(key)]
    assert not differing, f"{len(differing)} others than in a run without kills: {differing[:3]}"
    unknown = Counter(sent.head.label for sent in completed_jobs(RunDir.open(run)).unknown)
    _compare_reports(_report(run), _report(whole), unknown, sessions=sessions)
    done.unknown += tally.unknown


def answers(run: Path) -> dict[str, str]:
    """By key: all answers with their usage, and the verdict; the numbers of their attempts may differ after a kill."""
    turns: dict[str, list[tuple[int, object]]] = {}
    for line in outcomes(run):
        if "text" in line["attempt"]:
            answer = {name: line["attempt"].get(name) for name in ("text", "usage", "finish_reason")}
            turns.setdefault(line["head"]["key"], []).append((line["number"], answer))
    verdicts = grades(run)
    return {
        key: json.dumps([[answer for _, answer in sorted(found)], verdicts.get(key)], sort_keys=True)
        for key, found in turns.items()
    }


def _report(run: Path) -> dict[str, Any]:
    words = [sys.executable, "-m", "harness", "report", str(run), "--format", "json"]
    found: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return found


def _compare_reports(killed: dict[str, Any], whole: dict[str, Any], unknown: Counter[str], *, sessions: int) -> None:
    """Raises AssertionError where the reports differ in a byte of what is not measured anew.

    Where a model has attempts of unknown outcome its dollars are unknown, and so is whether those attempts would have
    met faults that the run without kills counts. With a session its simulated provider is killed: what its workers had
    in flight fails. `sessions`: how many were killed.
    """
    others = (*MEASURED, "rows", "per_solved")
    assert _text(killed, without=others) == _text(whole, without=others)
    for solved, expected in zip(_solved(killed), _solved(whole), strict=True):
        measured = ("minutes", "usd") if unknown[solved["model"]] or sessions else ("minutes",)
        assert _text(solved, without=measured) == _text(expected, without=measured)
    for row, expected in zip(killed["rows"], whole["rows"], strict=True):
        lost = unknown[row["model"]]
        left_out = (*MEASURED, *DOLLARS, "failed_attempts") if lost or sessions else MEASURED
        assert _text(row, without=left_out) == _text(expected, without=left_out)
        assert not lost or all(row[name] is None for name in DOLLARS), "unknown dollars look known"
        failed, expected_failed = (sum(one["failed_attempts"].values()) for one in (row, expected))
        assert expected_failed - lost <= failed, "failures are missing"
        assert sessions or failed <= expected_failed, "failures that nobody met"


def _solved(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Figures by feedback round."""
    return [row for rows in report.get("per_solved", {}).values() for row in rows]


def _text(values: dict[str, Any], *, without: Container[str]) -> str:
    return json.dumps({name: value for name, value in values.items() if name not in without}, sort_keys=True)
