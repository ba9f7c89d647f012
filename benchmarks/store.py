"""Memory and speed of a run with very many jobs: writing the call log, reading it back, passing over what is done.

    python benchmarks/store.py --jobs 1000000

Makes a run folder whose log answers every planned job but the last ones, resumes it as `harness run --resume` does, and
lets the engine pass over all of it and send the rest to a provider that is a Python object. Prints one JSON object;
`over_base_mb` is the peak of the resident memory above what the process had once the samples were in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from harness.run.execution.call import head_of
from harness.store.codec import OutcomeLine, SentLine, encode
from tests.run.scripted_run import Model, ScriptedProvider, ScriptedSession, make_run, plan_for
from tests.store.lines import ANSWER
from tests.virtual_time import EPOCH

ENDPOINTS, REPEATS, OPEN_JOBS = 5, 8, 200


def measure(jobs: int, folder: Path) -> dict[str, float]:
    """Figures of a run of at least that many jobs, in seconds, microseconds a job, and MB."""
    models = [Model(name=f"m{number}", latency_s=0.001, concurrency=32) for number in range(ENDPOINTS)]
    samples = max(1, jobs // (ENDPOINTS * REPEATS))
    plan = plan_for(models, [f"What is {number} + 1?" for number in range(samples)], repeats=REPEATS)
    run = make_run(folder / "run", plan, models)
    planned = plan.jobs_per_endpoint * ENDPOINTS
    started = time.perf_counter()
    left = planned - OPEN_JOBS
    with (run.path / "calls-0.jsonl").open("wb") as log:
        for endpoint in plan.endpoints:
            for job in plan.jobs(endpoint):
                if left <= 0:
                    break
                left -= 1
                head = head_of(job)
                log.write(encode(SentLine(head=head, number=0, at=EPOCH)))
                log.write(encode(OutcomeLine(head=head, number=0, is_final=True, attempt=ANSWER)))
    wrote = time.perf_counter()
    base = resident_mb()
    provider = ScriptedProvider(models={model.name: model for model in models}, random=Random(0))
    session = ScriptedSession(run=run, plan=plan, provider=provider)
    asyncio.run(session.go())
    ended = time.perf_counter()
    assert provider.received.total() == OPEN_JOBS, f"{provider.received.total()} requests instead of {OPEN_JOBS}"
    return {
        "jobs": planned,
        "write_us_per_job": round((wrote - started) / planned * 1e6, 1),
        "resume_us_per_job": round((ended - wrote) / planned * 1e6, 1),
        "log_mb": round((run.path / "calls-0.jsonl").stat().st_size / 2**20, 1),
        "base_mb": round(base, 1),
        "over_base_mb": round(peak_mb() - base, 1),
    }


def resident_mb() -> float:
    """Resident memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def peak_mb() -> float:
    """The most resident memory so far. Not `ru_maxrss`: that begins with the size of the process that started this."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 2**10


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harness-store-") as folder:
        print(json.dumps(measure(options.jobs, Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
