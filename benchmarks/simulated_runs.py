"""Runs of two simulated models, one of which refuses, breaks and cuts: started as processes, and read back.

For benchmarks.kills, benchmarks.worker_kills and benchmarks.distributed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import EXIT_OK

PROVIDERS = """\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {{max_concurrency: {at_once}, max_attempts: 8, between_chunks_timeout_s: {timeout_s}}}
    models:
      steady:
        price: {{input: 1, output: 4, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.8, answer_tokens: {{median: 20}}, ttft_s: {{median: {ttft_s}, spread: 0.5}},
                   tokens_per_s: 2000, seed: 1}}
      shaky:
        price: {{input: 2, output: 9, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.5, answer_tokens: {{median: 20}}, ttft_s: {{median: {ttft_s}, spread: 0.5}},
                   tokens_per_s: 2000, seed: 2, faults: {{{faults}, retry_after_s: 0.05}}}}
"""
SELDOM = "rate_limit: 0.01, server_error: 0.01, cut: 0.02, reset: 0.01"
OFTEN = "rate_limit: 0.06, server_error: 0.02, cut: 0.06, reset: 0.04, empty: 0.02, refused_connection: 0.02"
MODELS = ("sim/steady", "sim/shaky")
MAX_TOKENS = 200
MAX_DURATION_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked: samples, repeats, feedback rounds. `at_once`: requests of a model in flight; `faults`: the mock's.

    `timeout_s`: between two chunks of an answer.
    """

    samples: int
    repeats: int = 1
    feedback_rounds: int = 0
    at_once: int = 24
    ttft_s: float = 0.05
    timeout_s: float = 5.0
    faults: str = SELDOM

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
    providers = PROVIDERS.format(at_once=job.at_once, timeout_s=job.timeout_s, ttft_s=job.ttft_s, faults=job.faults)
    (place / "providers.yaml").write_text(providers)


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
