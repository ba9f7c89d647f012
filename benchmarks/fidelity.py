"""How true our own latencies are: what a client records against what the server's own log says, and the CPU it took.

    python benchmarks/fidelity.py [--streams 1,64] [--clients http,openai,raw] [--server PATH]

For each client and number of concurrent streams: p50 / p95 / p99 in ms of the TTFT error (recorded minus the time from
the request's arrival at the server to its first text), of the error of the total, and CPU seconds per 1,000 answers.
`http` and `openai` are the backends under the whole of `complete()`; `raw` is a bare aiohttp loop that decodes each
chunk, for comparison. The server is our mock in a process of its own, fast enough for some dozen streams. For more,
give `--server` a program that takes --port, --ttft_us, --jitter_us, --itl_us and --tokens and answers GET /__log with
a line of its own and then CSV (columns qid, recv_ns, first_ns, last_ns of the monotonic clock; qid is N of "(id N" in
the prompt). With two or more cores the server gets one, the client another.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from harness.config.simulation import Simulation
from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Attempt, Completion, Endpoint, EndpointLimits, Job, Sample, SamplingParams
from harness.mock.billing import read_ledger
from harness.mock.config import MockConfig, free_price
from harness.mock.process import MockProcess
from harness.mock.scenario import SimulatedModel
from harness.providers.client import ClientContext, complete
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.transport.backend import Backend
from harness.providers.transport.http_backend import HttpBackend
from harness.providers.transport.timing import EventLoopLagMonitor

Timed = tuple[float, float]
"""Seconds to the first text and to the last byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the server is to do, and how often it is asked."""

    ttft_s: float
    jitter_s: float
    gap_s: float
    tokens: int
    requests: int
    streams: int


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server; `truth` reads its log: request number to its own times."""

    url: str
    truth: Callable[[], dict[int, Timed]]
    pid: int | None


@contextmanager
def external(program: Path, work: Work, port: int) -> Iterator[Server]:
    """The program of `--server`."""
    knobs = {"ttft_us": work.ttft_s, "jitter_us": work.jitter_s, "itl_us": work.gap_s}
    command = [str(program), "--port", str(port), "--tokens", str(work.tokens)]
    command += [part for name, seconds in knobs.items() for part in (f"--{name}", str(round(seconds * 1e6)))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"

    def truth() -> dict[int, Timed]:
        text = urllib.request.urlopen(f"{address}/__log").read().decode()  # noqa: S310 - loopback
        rows = csv.DictReader(io.StringIO(text.split("\n", 1)[1]))
        times = {row["qid"]: [int(row[name]) / 1e9 for name in ("recv_ns", "first_ns", "last_ns")] for row in rows}
        return {int(number): (first - came, last - came) for number, (came, first, last) in times.items()}

    try:
        time.sleep(0.3)
        yield Server(url=f"{address}/v1", truth=truth, pid=process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def own_mock(work: Work) -> Iterator[Server]:
    """Our mock as a process; the spread of its TTFT stands in for the jitter."""
    simulation = Simulation.model_validate(
        {
            "answer_tokens": {"median": work.tokens, "spread": 0},
            "ttft_s": {"median": work.ttft_s, "spread": 0.2 if work.jitter_s else 0},
            "tokens_per_s": 1 / work.gap_s if work.gap_s else 1e6,
        }
    )
    model = SimulatedModel(name="mock", simulation=simulation, price=free_price("mock"), context_tokens=None)
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.jsonl"

        def truth() -> dict[int, Timed]:
            return {
                int(entry.repeat): (entry.first_token_s - entry.received_s, entry.last_byte_s - entry.received_s)
                for entry in read_ledger(ledger)
                if entry.first_token_s is not None
            }

        with MockProcess(MockConfig(models=(model,), ledger=ledger)) as mock:
            yield Server(url=f"{mock.url}/openai/v1", truth=truth, pid=mock.pid)


def job_of(url: str, number: int, backend: str) -> Job:
    """Request `number`; it names itself in the prompt and as its repeat."""
    endpoint = Endpoint(
        label="mock",
        provider="sim",
        model="mock",
        model_id="mock",
        base_url=url,
        dialect="openai",
        backend=backend,
        simulated=True,
    )
    sample = Sample(id=str(number), prompt=f"(id {number}) What is {number} + 1?", target=str(number + 1))
    return Job(
        key=str(number),
        endpoint=endpoint,
        task="fidelity",
        task_version=1,
        grader="math",
        sample=sample,
        repeat=number,
        params=SamplingParams(),
    )


async def through_backend(url: str, work: Work, backend: str) -> dict[int, Timed]:
    """What `complete()` records over one of the backends."""
    mover: Backend
    if backend == "http":
        mover = HttpBackend()
    else:
        from harness.providers.transport.openai_backend import make  # most of a second, and only where asked for

        mover = make()
    gate = RateLimiter(EndpointLimits(max_concurrency=work.streams), SYSTEM_CLOCK)
    async with EventLoopLagMonitor(SYSTEM_CLOCK) as lag:
        caller = ClientContext(backends={backend: mover}, keys={}, clock=SYSTEM_CLOCK, lag=lag)

        async def one(number: int) -> Timed:
            async with gate.acquire(0):
                attempt: Attempt = await complete(caller, job_of(url, number, backend), attempt=0)
            timing = attempt.timing
            if not isinstance(attempt, Completion) or timing.ttft_s is None or timing.total_s is None:
                raise SystemExit(f"request {number} failed: {attempt}")
            return timing.ttft_s, timing.total_s

        try:
            return await all_of(work, one)
        finally:
            await mover.close()


async def through_raw(url: str, work: Work) -> dict[int, Timed]:
    """What a bare aiohttp loop records, stamping where it reads."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(number: int) -> Timed:
            prompt = f"(id {number}) What is {number} + 1?"
            body = {"model": "mock", "stream": True, "messages": [{"role": "user", "content": prompt}]}
            headers = {"x-harness-repeat": str(number), "x-harness-attempt": "0"}
            first, texts = None, []
            started = time.perf_counter()
            async with session.post(f"{url}/chat/completions", json=body, headers=headers) as response:
                async for line in response.content:
                    if not line.startswith(b"data: {"):
                        continue
                    choices = json.loads(line[6:])["choices"]
                    text = choices[0]["delta"].get("content") if choices else None
                    if text:
                        first = first or time.perf_counter()
                        texts.append(text)
            ended = time.perf_counter()
            if first is None:
                raise SystemExit(f"request {number} brought no text")
            return first - started, ended - started

        return await all_of(work, one)


async def all_of(work: Work, one: Callable[[int], Awaitable[Timed]]) -> dict[int, Timed]:
    """Every request, `streams` at once."""
    times: dict[int, Timed] = {}
    numbers = iter(range(1, work.requests + 1))

    async def worker() -> None:
        for number in numbers:
            times[number] = await one(number)

    await asyncio.gather(*(worker() for _ in range(min(work.streams, work.requests))))
    return times


def percentiles(values: list[float]) -> str:
    """p50 / p95 / p99 by nearest rank, in ms."""
    ordered = sorted(values)
    return " / ".join(f"{1000 * ordered[round(share * (len(ordered) - 1))]:7.2f}" for share in (0.5, 0.95, 0.99))


def measure(client: str, server: Server, work: Work) -> str:
    """One line of the table."""
    before, started = time.process_time(), time.perf_counter()
    task = through_raw(server.url, work) if client == "raw" else through_backend(server.url, work, client)
    recorded = asyncio.run(task)
    cpu_s, wall_s = time.process_time() - before, time.perf_counter() - started
    truth = server.truth()
    pairs = [(recorded[number], truth[number]) for number in recorded if number in truth]
    if len(pairs) < len(recorded):
        raise SystemExit(f"the server's log has {len(pairs)} of {len(recorded)} requests")
    ttft = percentiles([ours[0] - theirs[0] for ours, theirs in pairs])
    total = percentiles([ours[1] - theirs[1] for ours, theirs in pairs])
    return f"{work.streams:7} {client:7} {ttft}   {total}   {1000 * cpu_s / len(pairs):8.2f} {wall_s:7.1f}"


def pin(server_pid: int | None) -> None:
    """The server on one core, this process on another, where there are two."""
    if not hasattr(os, "sched_setaffinity") or server_pid is None:
        return
    cores = sorted(os.sched_getaffinity(server_pid))
    if len(cores) > 1:
        os.sched_setaffinity(server_pid, {cores[0]})
        os.sched_setaffinity(0, set(cores[1:2]))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clients", default="http,openai,raw", help="of http, openai, raw (default: all)")
    parser.add_argument("--streams", default="1,64", help="how many at once, with commas between")
    parser.add_argument("--per-stream", type=int, default=3, help="requests per stream; at least 20 in all")
    parser.add_argument("--ttft-ms", type=float, default=200.0)
    parser.add_argument("--jitter-ms", type=float, default=100.0)
    parser.add_argument("--gap-ms", type=float, default=20.0, help="between tokens")
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--server", type=Path, help="another server than our mock, for many streams")
    parser.add_argument("--port", type=int, default=18091, help="for --server")
    wanted = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}; ms, p50 / p95 / p99; CPU in s per 1,000 answers")
    print("streams client  ------- TTFT error --------   ------- total error -------      CPU s  wall s")
    base = Work(
        ttft_s=wanted.ttft_ms / 1000,
        jitter_s=wanted.jitter_ms / 1000,
        gap_s=wanted.gap_ms / 1000,
        tokens=wanted.tokens,
        requests=0,
        streams=0,
    )
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    for streams in map(int, wanted.streams.split(",")):
        work = replace(base, streams=streams, requests=max(20, streams * wanted.per_stream))
        for client in wanted.clients.split(","):
            if cores is not None:
                os.sched_setaffinity(0, cores)
            with own_mock(work) if wanted.server is None else external(wanted.server, work, wanted.port) as server:
                pin(server.pid)
                print(measure(client, server, work), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
