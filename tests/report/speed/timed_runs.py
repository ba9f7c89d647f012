"""Speed measurements with known timings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.core.types import Completion, Usage
from harness.report.run_data.load import RunData
from harness.report.speed.build import SpeedReport, build_speed_report
from harness.store.run_dir import RunDir
from tests.report.runs import RunWriter, answer, endpoint, timing

USAGE = Usage(prompt_tokens=1000, completion_tokens=101, cached_tokens=0)


def timed(total_s: float, *, lag_s: float = 0.0, cached: int | None = 0) -> Completion:
    """101 tokens of 2 characters in all, from half a second on: 101 / (total_s - 0.5) tokens per second."""
    return answer(
        usage=replace(USAGE, cached_tokens=cached), at=timing(total_s=total_s, ttft_s=0.5, lag_s=lag_s, chunks=20)
    )


def speed_run(path: Path, first: Sequence[Completion], second: Sequence[Completion] = ()) -> RunDir:
    """A measurement of acme/one and acme/two, one request after the other."""
    one, two = endpoint(), endpoint("acme/two", simulated=True)
    endpoints = [one, two] if second else [one]
    writer = RunWriter(path, endpoints=endpoints, samples=len(first))
    for who, answers in zip(endpoints, (first, second), strict=False):
        for place, found in enumerate(answers):
            writer.job(who, place, [found])
    writer.close()
    calls = path / "calls-0.jsonl"
    calls.write_bytes(calls.read_bytes().replace(b'"grader":"math"', b'"grader":""'))
    manifest = writer.run.manifest()
    tasks = tuple(replace(entry, grader="") for entry in manifest.tasks)
    writer.run.rewrite_manifest(replace(manifest, kind="speed", tasks=tasks, every_s=60.0))
    return writer.run


def report_of(run: RunDir) -> SpeedReport:
    return build_speed_report(RunData.load(run))
