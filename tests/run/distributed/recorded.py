"""Runs through the command line, and what they recorded without what differs between any two runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROVIDERS = """\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {max_concurrency: 8, max_attempts: 8}
    models:
      steady:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.8, answer_tokens: {median: 20}, ttft_s: {median: 0.02, spread: 0.2},
                   tokens_per_s: 5000, seed: 1}
      shaky:
        price: {input: 2, output: 9, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.5, answer_tokens: {median: 20}, ttft_s: {median: 0.02, spread: 0.2}, tokens_per_s: 5000,
                   seed: 2, faults: {rate_limit: 0.02, server_error: 0.02, cut: 0.02, retry_after_s: 0.05}}
"""
MODELS = ("-m", "sim/steady", "-m", "sim/shaky")


def command(*options: str) -> list[str]:
    """`harness run` with these options."""
    return [sys.executable, "-m", "harness", "run", *options]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder with simulated models, to its end."""
    (folder / "providers.yaml").write_text(PROVIDERS)
    return subprocess.run(command(*options), cwd=folder, capture_output=True, text=True, check=False)


def lines(run_folder: Path, pattern: str) -> list[dict[str, Any]]:
    """The lines of all files of a run with such a name."""
    return [json.loads(line) for path in sorted(run_folder.glob(pattern)) for line in path.read_text().splitlines()]


def outcomes(run_folder: Path, *, without: Sequence[str] = ("timing", "request_id")) -> list[str]:
    """The outcomes of a run, sorted, without what is measured anew each time and without who made them."""
    found = []
    for line in lines(run_folder, "calls-*.jsonl"):
        if line["kind"] == "outcome":
            line.pop("worker", None)
            line["attempt"] = {name: value for name, value in line["attempt"].items() if name not in without}
            found.append(json.dumps(line, sort_keys=True))
    return sorted(found)


def verdicts(run_folder: Path) -> dict[str, str]:
    """The verdict by key."""
    return {line["key"]: line["grade"]["verdict"] for line in lines(run_folder, "grades.jsonl")}
