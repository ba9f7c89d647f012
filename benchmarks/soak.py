"""A long run through the real client, over sockets, against the mock with faults: complete, flat, nothing leaked.

    python benchmarks/soak.py --calls 20000

Four models, 5 % faults of all kinds, answers at once (the mock's times are scaled to 0). Prints one JSON object:
seconds, calls a second, failures by kind, growth of resident memory over the second half of the run, tasks and
connections left at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from benchmarks.store import resident_mb
from harness.config.simulation import Faults, LogNormal, Simulation
from harness.core.clock import SYSTEM_CLOCK
from harness.core.prices import Price
from harness.core.types import Endpoint, EndpointLimits, Sample
from harness.mock.billing import read_ledger, total_usd
from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.mock.scenario import SimulatedModel
from harness.run.execute import execute
from harness.run.session import open_session
from harness.store.run_dir import RunDir
from tests.run.scripted_run import Model, make_run, plan_for

MODELS, REPEATS = 4, 10
FAULTS = Faults(
    rate_limit=0.01,
    server_error=0.005,
    overloaded=0.005,
    refused_connection=0.01,
    empty=0.005,
    truncate_stream=0.01,
    reset=0.005,
    retry_after_s=0.0,
)


def soak(calls: int, folder: Path) -> dict[str, object]:
    """Figures of a run of about that many calls. Raises AssertionError when it is not complete or something leaks."""
    models = [Model(name=f"m{number}", max_attempts=20) for number in range(MODELS)]
    plan = plan_for(
        models, [f"What is {number} + 1?" for number in range(calls // (MODELS * REPEATS))], repeats=REPEATS
    )
    endpoints = tuple(_simulated(endpoint) for endpoint in plan.endpoints)
    run = make_run(folder / "run", replace(plan, endpoints=endpoints), models, max_usd=Decimal(1000))
    started = time.perf_counter()
    figures = asyncio.run(_send(run))
    planned = plan.jobs_per_endpoint * MODELS
    assert figures["done"] == planned, f"{figures['done']} of {planned} jobs are done"
    ledger = total_usd(read_ledger(run.path / "mock-ledger.jsonl"))
    seconds = time.perf_counter() - started
    return (
        {"calls": planned, "seconds": round(seconds, 1), "calls_per_s": round(planned / seconds)}
        | figures
        | {"billed_usd": str(ledger)}
    )


def _simulated(endpoint: Endpoint) -> Endpoint:
    limits = EndpointLimits(max_concurrency=32, max_attempts=20, between_chunks_timeout_s=5.0)
    return replace(endpoint, simulated=True, starts_with_run=True, dialect="openai", stream=True, limits=limits)


async def _send(run: RunDir) -> dict[str, object]:
    before = _open_files()  # of what else this process does
    with run.locked():
        session = open_session(run, keys={}, simulator=_simulate, clock=SYSTEM_CLOCK)
        watching = asyncio.create_task(_watch(session.progress.models, run))
        outcome = await execute(session)
        half, end, connections = await _stop(watching)
    assert outcome.trouble is None
    assert not outcome.stopped
    assert not outcome.unfunded_jobs
    models = session.progress.models.values()
    assert sum(model.verdicts.total() for model in models) == sum(model.answered for model in models)
    left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == [], f"tasks left: {left}"
    causes: Counter[str] = Counter()
    for model in models:
        causes.update({kind.value: count for kind, count in model.causes.items()})
    return {
        "done": sum(model.done for model in models),
        "answered": sum(model.answered for model in models),
        "failed_attempts": dict(causes),
        "growth_in_second_half_mb": round(end - half, 1),
        "most_open_files": connections - before,
        "open_files_left": _open_files() - before,
    }


async def _watch(models: Mapping[str, object], run: RunDir) -> tuple[float, float, int]:
    """(resident memory at half time, at the end, most files and connections open), until cancelled."""
    half, most = 0.0, 0
    try:
        while True:
            await asyncio.sleep(0.2)
            done = sum(model.done for model in models.values())  # type: ignore[attr-defined]
            total = sum(model.total for model in models.values())  # type: ignore[attr-defined]
            most = max(most, _open_files())
            if not half and done >= total / 2:
                half = resident_mb()
    except asyncio.CancelledError:
        return half, resident_mb(), most


async def _stop(watching: asyncio.Task[tuple[float, float, int]]) -> tuple[float, float, int]:
    watching.cancel()
    return await watching


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@contextlib.contextmanager
def _simulate(prices: Mapping[str, Price], samples: Sequence[Sample], ledger: Path) -> Iterator[str]:
    simulation = Simulation(answer_tokens=LogNormal(median=20), ttft_s=LogNormal(median=0.01), faults=FAULTS)
    models = tuple(SimulatedModel(name=name, simulation=simulation, price=price) for name, price in prices.items())
    config = MockConfig(models=models, samples=tuple(samples), ledger=ledger, time_scale=0.0)
    with MockProcess(config) as mock:
        yield mock.url


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harness-soak-") as folder:
        print(json.dumps(soak(options.calls, Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
