"""Runs of several workers: the records of one process, kills of workers and nodes, scaling and overhead.

    python -m benchmarks.distributed equal --calls 50000 --nodes 4
    python -m benchmarks.distributed kills --kills 20 --engine ray
    python -m benchmarks.distributed scaling

Real processes: `harness run` against simulated models, on a Ray cluster of several nodes on this machine
(`ray.cluster_utils.Cluster`) or as local workers. After a run with kills: every job has exactly one final outcome, none
was sent again after it, no attempt was sent twice, dollars (known, plus bounds where unknown) cover what the mock's
ledger says was billed and stay within the budget, and answers, verdicts and dollars per answer are those of a run
without kills. Also the body of tests/run/distributed/test_kills.py.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.kills import check_run
from benchmarks.measured_run import Load, run_harness
from harness.core.errors import EXIT_OK
from harness.mock.billing import read_ledger, total_usd
from harness.store.run_dir import RunDir

PROVIDERS = """\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {max_concurrency: 24, max_attempts: 8, between_chunks_timeout_s: 5.0}
    models:
      steady:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.8, answer_tokens: {median: 20}, ttft_s: {median: 0.05, spread: 0.5},
                   tokens_per_s: 2000, seed: 1}
      shaky:
        price: {input: 2, output: 9, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.5, answer_tokens: {median: 20}, ttft_s: {median: 0.05, spread: 0.5}, tokens_per_s: 2000,
                   seed: 2, faults: {rate_limit: 0.01, server_error: 0.01, cut: 0.02, reset: 0.01, retry_after_s: 0.05}}
"""
MODELS = ("sim/steady", "sim/shaky")
MAX_DURATION_S = 1800.0
WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked: samples, repeats, the budget in dollars."""

    samples: int
    repeats: int = 1
    max_usd: str = "500"

    @property
    def calls(self) -> int:
        """Jobs of all models."""
        return self.samples * self.repeats * len(MODELS)


def main() -> int:
    """Run what is asked and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("equal", "kills", "scaling"))
    parser.add_argument("--engine", choices=("local", "ray"), default="ray", help="of kills")
    parser.add_argument("--calls", type=int, help="in all (equal: 50,000; kills: 2,400 a run)")
    parser.add_argument("--nodes", type=int, default=4, help="of the Ray cluster")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harness-distributed-") as folder:
        place = Path(folder)
        if options.what == "equal":
            job = Job(samples=max(1, (options.calls or 50_000) // len(MODELS) // 5), repeats=5)
            print(equal(place, job, nodes=options.nodes))
        elif options.what == "kills":
            job = Job(samples=max(1, (options.calls or 2_400) // len(MODELS)))
            print(kill_workers(place, job, kills=options.kills, seed=options.seed, nodes=_nodes(options)))
        else:
            print(scaling())
    return 0


def _nodes(options: argparse.Namespace) -> int:
    return options.nodes if options.engine == "ray" else 0


def equal(place: Path, job: Job, *, nodes: int) -> str:
    """The records of a run on a cluster against those of the local engine; raises AssertionError where they differ."""
    write_task(place, job)
    began = time.monotonic()
    _finish(_start(place, "alone", job), place / "alone")
    alone_s = time.monotonic() - began
    with _cluster(nodes) as cluster:
        began = time.monotonic()
        _finish(_start(place, "together", job, *cluster.options(nodes)), place / "together")
        together_s = time.monotonic() - began
    one, other = records(place / "alone"), records(place / "together")
    assert len(one) >= job.calls
    assert one == other, f"{len(one ^ other)} outcomes differ"
    assert grades(place / "alone") == grades(place / "together")
    segments = len(list((place / "together").glob("calls-*.jsonl")))
    return (
        f"{job.calls:,} calls on {nodes} nodes, {segments} segments: {len(one):,} outcomes and all grades equal those "
        f"of the local engine; {alone_s:.0f} s alone, {together_s:.0f} s on the cluster (start included)"
    )


def kill_workers(place: Path, job: Job, *, kills: int, seed: int, nodes: int) -> str:
    """Kill workers (and nodes, of a cluster) of one run after another at random moments; raises AssertionError."""
    random, killed, unknown, runs = Random(seed), 0, 0, 0
    write_task(place, job)
    _finish(_start(place, "whole", job), place / "whole")
    whole = answers(place / "whole")
    began = time.monotonic()
    with _cluster(nodes) as cluster:
        while killed < kills:
            name = f"killed-{runs}"
            workers = cluster.options(nodes) if nodes else ("--workers", str(WORKERS))
            process = _start(place, name, job, *workers)
            killed += _kill_some(process, place / name, random, kills - killed, cluster, job)
            _finish(process, place / name)
            tally = check_run(RunDir.open(place / name), jobs=job.calls)
            ledger = read_ledger(place / name / "mock-ledger.jsonl")
            assert total_usd(ledger) <= Decimal(job.max_usd), "the budget was exceeded"
            differing = [
                (whole.get(key), found) for key, found in answers(place / name).items() if found != whole.get(key)
            ]
            assert not differing, f"{len(differing)} others than in a run without kills: {differing[:3]}"
            unknown += tally.unknown
            runs += 1
            print(f"{killed} kills, {cluster.nodes_killed} of whole nodes, {runs} runs: all right", file=sys.stderr)
    return (
        f"{killed} kills ({cluster.nodes_killed} of whole nodes) in {runs} runs of {job.calls:,} calls: complete, "
        f"nothing sent again after its outcome, budget kept, answers equal; {unknown} attempts of unknown outcome, "
        f"counted; {time.monotonic() - began:.0f} s"
    )


def scaling() -> str:
    """Rates of 1, 2 and 4 workers on latency-bound work, and CPU per call of a worker over that of the local engine."""
    lines = []
    base = 0.0
    for workers in (1, 2, 4):
        load = Load(requests=40 * 30 * workers, at_once=40 * workers, ttft_s=1.0)
        rate = run_harness(load, ("--workers", str(workers)), is_pinned=False).rate()
        base = base or rate
        lines.append(
            f"{workers} x 40 requests in flight of 1 s: {rate:.1f} a second, {rate / (40 * workers):.2f} of ideal, "
            f"{rate / (base * workers):.2f} of {workers} times one worker"
        )
    small, large = (Load(requests=number, at_once=64, ttft_s=0.2) for number in (500, 3500))
    costs = {}
    for name, options in (("local engine", ()), ("1 worker", ("--workers", "1"))):
        # The least of three: what other programs do to caches and clocks only adds.
        cpu_s = [min(run_harness(load, options, is_pinned=False).cpu_s for _ in range(3)) for load in (small, large)]
        costs[name] = (cpu_s[1] - cpu_s[0]) / (large.requests - small.requests)
        lines.append(f"{name}: {1000 * costs[name]:.2f} ms of CPU per call, start not included")
    more = costs["1 worker"] / costs["local engine"] - 1
    return "\n".join((*lines, f"overhead per call of a worker and its coordinator: {100 * more:.0f}%"))


# Runs


def write_task(place: Path, job: Job) -> None:
    """Write the samples and the providers of simulated models into a folder."""
    lines = (
        json.dumps({"id": str(number), "prompt": f"What is {number} + 7?", "answer": str(number + 7)})
        for number in range(job.samples)
    )
    (place / "sums.jsonl").write_text("\n".join(lines) + "\n")
    (place / "providers.yaml").write_text(PROVIDERS)


def _start(place: Path, name: str, job: Job, *options: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "harness", "run", "sums.jsonl", "--grader", "math", "--quiet", "--results", "."]
    words += [word for model in MODELS for word in ("-m", model)]
    words += ["--repeats", str(job.repeats), "--max-usd", job.max_usd, "--name", name, *options]
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(words, cwd=place, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _finish(process: subprocess.Popen[str], run: Path) -> None:
    """Wait for the end; the jobs that failed for good are sent again, so that all runs have all answers."""
    _, said = process.communicate(timeout=MAX_DURATION_S)
    assert process.returncode == EXIT_OK or "--retry-failed" in said, (
        f"{run.name} ended with {process.returncode}: {said}"
    )


def records(run: Path) -> set[str]:
    """Every outcome without what is measured anew each time and without who made it."""
    found = set()
    for line in _lines(run, "calls-*.jsonl"):
        if line["kind"] == "outcome":
            line.pop("worker", None)
            for name in ("timing", "request_id"):
                line["attempt"].pop(name, None)
            found.add(json.dumps(line, sort_keys=True))
    return found


def answers(run: Path) -> dict[str, str]:
    """By key: the final answer with its usage, and its verdict; the number of its attempt may differ after a kill."""
    found = {}
    verdicts = grades(run)
    for line in _lines(run, "calls-*.jsonl"):
        if line["kind"] == "outcome" and line["is_final"]:
            attempt = {name: line["attempt"].get(name) for name in ("text", "usage", "finish_reason")}
            key = line["head"]["key"]
            found[key] = json.dumps([attempt, verdicts.get(key)], sort_keys=True)
    return found


def grades(run: Path) -> dict[str, str]:
    """The verdict by key."""
    return {line["key"]: line["grade"]["verdict"] for line in _lines(run, "grades.jsonl")}


def _lines(run: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(run.glob(pattern)):
        with path.open("rb") as file:
            yield from (json.loads(line) for line in file if line.endswith(b"\n"))


# Kills


def _kill_some(
    process: subprocess.Popen[str], run: Path, random: Random, kills: int, cluster: _Cluster, job: Job
) -> int:
    """Kill workers until the run ends or enough were killed; returns how many."""
    killed = 0
    size = 0
    while killed < kills and process.poll() is None:
        size = max(size, _logged(run)) + random.randint(1, 200 * job.calls)
        while _logged(run) < size:
            if process.poll() is not None:
                return killed
            time.sleep(0.01)
        if cluster.can_kill_node and random.random() < 0.25:
            cluster.kill_node()
            killed += 1
        elif workers := workers_of(run):
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)
                killed += 1
    return killed


def workers_of(run: Path) -> list[int]:
    """The processes that write segments of a run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            opened = [str(link.readlink()) for link in (process / "fd").iterdir()]
            if any(name.startswith(f"{run.resolve()}/calls-") for name in opened):
                found.append(int(process.name))
    return found


def _logged(run: Path) -> int:
    return sum(path.stat().st_size for path in run.glob("calls-*.jsonl"))


class _Cluster:
    """A Ray cluster of several nodes on this machine, or none. The first node, with the session, is never killed."""

    def __init__(self, nodes: int) -> None:
        self.nodes_killed = 0
        self._cluster: Any = None
        self._others: list[Any] = []
        if nodes:
            from ray.cluster_utils import Cluster

            self._cluster = Cluster(initialize_head=True, head_node_args=self._node())
            self._others = [self._cluster.add_node(**self._node()) for _ in range(nodes - 1)]
            self._cluster.wait_for_nodes()

    @staticmethod
    def _node() -> dict[str, Any]:
        return {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024, "include_dashboard": False}

    def options(self, nodes: int) -> tuple[str, ...]:
        """What has a run use it."""
        return ("--engine", "ray", "--ray-address", self._cluster.address, "--workers", str(nodes))

    @property
    def can_kill_node(self) -> bool:
        return bool(self._others)

    def kill_node(self) -> None:
        """Kill a node's raylet, with which its workers end, and start another node."""
        self._cluster.remove_node(self._others.pop(0), allow_graceful=False)
        self.nodes_killed += 1
        try:
            self._others.append(self._cluster.add_node(**self._node()))
        except Exception as error:  # noqa: BLE001 - Ray raises no narrower one
            print(f"no node in the place of the killed one: {error}", file=sys.stderr)

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.shutdown()


def cluster_environment() -> dict[str, str]:
    """The environment of a cluster on a busy machine: nodes start slowly, and memory that others use is no reason."""
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "180",
        "RAY_memory_monitor_refresh_ms": "0",
    }


@contextlib.contextmanager
def _cluster(nodes: int) -> Iterator[_Cluster]:
    for name, value in cluster_environment().items():
        os.environ.setdefault(name, value)
    cluster = _Cluster(nodes)
    try:
        yield cluster
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main())
