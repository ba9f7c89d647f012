"""Runs of several workers as processes: started, read back, and the Ray cluster that they run on.

For benchmarks.distributed and benchmarks.worker_kills.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import EXIT_OK

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
MAX_TOKENS = 200
WORKERS = 4
"""Without a cluster."""
MAX_DURATION_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked: samples, repeats, feedback rounds."""

    samples: int
    repeats: int = 1
    feedback_rounds: int = 0

    @property
    def calls(self) -> int:
        """Jobs of all models."""
        return self.samples * self.repeats * len(MODELS)


def write_task(place: Path, job: Job) -> None:
    """The task and the models of a job, in the folder that its runs are started in."""
    lines = (
        json.dumps({"id": str(number), "prompt": f"What is {number} + 7?", "answer": str(number + 7)})
        for number in range(job.samples)
    )
    (place / "sums.jsonl").write_text("\n".join(lines) + "\n")
    (place / "providers.yaml").write_text(PROVIDERS)


def start_run(place: Path, name: str, job: Job, *options: str) -> subprocess.Popen[str]:
    """`harness run` of a job."""
    words = ["run", "sums.jsonl", "--grader", "math", "--quiet", "--results", ".", "--max-tokens", str(MAX_TOKENS)]
    words += [word for model in MODELS for word in ("-m", model)]
    if job.feedback_rounds:
        words += ["--feedback-rounds", str(job.feedback_rounds)]
    return start_harness(place, *words, "--repeats", str(job.repeats), "--name", name, *options)


def start_harness(place: Path, *words: str) -> subprocess.Popen[str]:
    """The command in a folder, its standard error kept."""
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.Popen(
        command, cwd=place, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for a run that nothing disturbs. Raises AssertionError where jobs stay open."""
    _, said = process.communicate(timeout=MAX_DURATION_S)
    assert is_complete(process.returncode, said), f"a run ended with {process.returncode}: {said}"


def is_complete(exit_code: int, said: str) -> bool:
    """Whether no job is open; some may have failed for good, which the command says."""
    return exit_code == EXIT_OK or "--retry-failed" in said


def outcomes(run: Path) -> Iterator[dict[str, Any]]:
    """The lines of a run's outcomes."""
    return (line for line in _lines(run, "calls-*.jsonl") if line["kind"] == "outcome")


def grades(run: Path) -> dict[str, str]:
    """The verdict by key."""
    return {line["key"]: line["grade"]["verdict"] for line in _lines(run, "grades.jsonl")}


def _lines(run: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(run.glob(pattern)):
        with path.open("rb") as file:
            yield from (json.loads(line) for line in file if line.endswith(b"\n"))


def logged_bytes(run: Path) -> int:
    """Bytes in the call log."""
    return sum(path.stat().st_size for path in run.glob("calls-*.jsonl"))


def workers_of(run: Path) -> list[int]:
    """The processes that write segments of a run, by their ids."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            opened = [str(link.readlink()) for link in (process / "fd").iterdir()]
            if any(name.startswith(f"{run.resolve()}/calls-") for name in opened):
                found.append(int(process.name))
    return found


class Cluster:
    """A Ray cluster of several nodes on this machine, or none. The first node, with the session, is never killed."""

    def __init__(self, nodes: int) -> None:
        self.nodes_killed = 0
        self._nodes = nodes
        self._cluster: Any = None
        self._others: list[Any] = []
        if nodes:
            from ray.cluster_utils import Cluster as RayCluster

            self._cluster = RayCluster(initialize_head=True, head_node_args=_NODE)
            self._others = [self._cluster.add_node(**_NODE) for _ in range(nodes - 1)]
            self._cluster.wait_for_nodes()

    def options(self, workers: int) -> Sequence[str]:
        """What has a run use it, with a worker on each node; without a cluster, that many local workers."""
        if not self._nodes:
            return ("--workers", str(workers))
        return ("--engine", "ray", "--ray-address", self._cluster.address, "--workers", str(self._nodes))

    @property
    def can_kill_node(self) -> bool:
        """Whether there is a node beside the first."""
        return bool(self._others)

    def kill_node(self) -> None:
        """Kill a node's raylet, with which its workers end, and start another node."""
        self._cluster.remove_node(self._others.pop(0), allow_graceful=False)
        self.nodes_killed += 1
        try:
            self._others.append(self._cluster.add_node(**_NODE))
        except Exception as error:  # noqa: BLE001 - Ray raises no narrower one
            print(f"no node in the place of the killed one: {error}", file=sys.stderr)

    def close(self) -> None:
        """End all nodes."""
        if self._cluster is not None:
            self._cluster.shutdown()


_NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024, "include_dashboard": False}


def cluster_environment() -> dict[str, str]:
    """The environment of a cluster on a busy machine: nodes start slowly, and memory that others use is no reason."""
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "180",
        "RAY_memory_monitor_refresh_ms": "0",
    }


@contextlib.contextmanager
def cluster_of(nodes: int) -> Iterator[Cluster]:
    """A cluster of that many nodes; none for 0."""
    for name, value in cluster_environment().items():
        os.environ.setdefault(name, value)
    cluster = Cluster(nodes)
    try:
        yield cluster
    finally:
        cluster.close()
