"""One measured process against the answer server: its CPU, its memory, and what the server's own log says of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.aiohttp_loop import prompt

PROVIDERS = """\
providers:
  bench:
    base_url: {url}
    dialect: generic
    limits: {{max_concurrency: {at_once}}}
    models:
      mock: {{model_id: mock, stream: {stream}, price: {{input: 1, output: 2, read_on: 2026-11-30, source: made up}}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked of the server: `latency_s` is its own time for one answer."""

    requests: int
    at_once: int
    is_stream: bool = False
    ttft_s: float = 0.0
    gap_s: float = 0.0
    tokens: int = 2

    @property
    def latency_s(self) -> float:
        return self.ttft_s + (self.tokens - 1) * self.gap_s if self.is_stream else self.ttft_s


STREAMS = Load(requests=0, at_once=0, is_stream=True, ttft_s=0.1, gap_s=0.005, tokens=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """CPU seconds of the process tree, peak MB of its largest process, seconds until the first request and the end.

    `log`: (id, received, first, last) of each request by the server, in seconds. `ttft_s`: what the harness recorded.
    """

    cpu_s: float
    peak_mb: float
    first_request_s: float
    whole_s: float
    log: tuple[tuple[float, ...], ...]
    ttft_s: dict[int, float] = field(default_factory=dict)

    @property
    def mean_in_flight(self) -> float:
        """Requests at the server, averaged over the middle half of the time between the first and the last."""
        begin, end = min(row[1] for row in self.log), max(row[3] for row in self.log)
        low, high = begin + (end - begin) / 4, end - (end - begin) / 4
        inside = sum(max(0.0, min(row[3], high) - max(row[1], low)) for row in self.log)
        return inside / (high - low) if high > low else 0.0

    def rate(self) -> float:
        """Answers a second in the middle half of the run: without the first quarter, which opens connections."""
        ends = sorted(row[3] for row in self.log)
        low, high = len(ends) // 4, 3 * len(ends) // 4
        return (high - low) / (ends[high] - ends[low])

    def share_of_ideal(self, load: Load) -> float:
        """That rate over the most that so many at once can reach.

        Equal answers end in bursts, so the number of rounds has to be a multiple of four.
        """
        return self.rate() * load.latency_s / load.at_once

    def ttft_errors_s(self) -> list[float]:
        """Recorded TTFT minus the server's own, in rising order."""
        truth = {int(row[0]): row[2] - row[1] for row in self.log}
        return sorted(seconds - truth[number] for number, seconds in self.ttft_s.items() if number in truth)


@contextlib.contextmanager
def answer_server(load: Load) -> Iterator[str]:
    """The address of a server of its own for this load, on one core where there are two."""
    words = [sys.executable, "-m", "benchmarks.answer_server", "--ttft-s", str(load.ttft_s)]
    words += ["--gap-s", str(load.gap_s), "--tokens", str(load.tokens)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        _pin(server.pid, first=True)
        yield server.stdout.readline().strip()
        server.stdin.close()


def run_harness(load: Load, options: Sequence[str] = (), *, is_pinned: bool = True) -> Measured:
    """`harness run` on sums, graded by `math`, with a price: everything that a run does."""
    with tempfile.TemporaryDirectory() as folder, answer_server(load) as url:
        place = Path(folder)
        measured = _measured([*harness_words(load, url, place), *options], url, cwd=place, is_pinned=is_pinned)
        calls = [line for path in (place / "r").glob("calls-*.jsonl") for line in path.read_bytes().splitlines()]
        return replace(measured, ttft_s=dict(_recorded(calls)))


def harness_words(load: Load, url: str, place: Path) -> list[str]:
    """The command of such a run, to be started in the folder, into which its samples and providers are written."""
    lines = (
        json.dumps({"id": str(number), "prompt": prompt(number), "answer": str(number + 7)})
        for number in range(load.requests)
    )
    (place / "sums.jsonl").write_text("\n".join(lines) + "\n")
    stream = str(load.is_stream).lower()
    (place / "providers.yaml").write_text(PROVIDERS.format(url=url, at_once=load.at_once, stream=stream))
    words = [sys.executable, "-m", "harness", "run", "sums.jsonl", "--grader", "math", "-m", "bench/mock"]
    words += ["--quiet", "--temperature", "0", "--max-tokens", "200", "--name", "r", "--results", "."]
    return [*words, "--providers", "providers.yaml"]


def run_program(words: Sequence[str], load: Load) -> Measured:
    """A client as a process: it is given the address, how many requests, how many at once, and `--stream`."""
    with answer_server(load) as url:
        asked = ["--requests", str(load.requests), "--at-once", str(load.at_once)]
        return _measured([*words, url, *asked, *(["--stream"] if load.is_stream else [])], url)


def run_loop(load: Load) -> Measured:
    """The bare aiohttp loop."""
    return run_program([sys.executable, "-m", "benchmarks.aiohttp_loop"], load)


def _recorded(lines: Sequence[bytes]) -> Iterator[tuple[int, float]]:
    for line in lines:
        outcome = json.loads(line)
        ttft_s = outcome["attempt"]["timing"].get("ttft_s") if outcome["kind"] == "outcome" else None
        if ttft_s is not None:
            yield int(outcome["head"]["sample_id"]), ttft_s


def _measured(words: Sequence[str], url: str, cwd: Path | None = None, *, is_pinned: bool = True) -> Measured:
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    began = time.monotonic()
    with subprocess.Popen(words, cwd=cwd, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        if is_pinned:
            _pin(child.pid, first=False)
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    ended = time.monotonic()
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {child.returncode}: {said.decode()}")
    with urllib.request.urlopen(url.removesuffix("/v1") + "/log") as answer:  # noqa: S310 - loopback
        log = tuple(tuple(row) for row in json.load(answer))
    return Measured(
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        first_request_s=min(row[1] for row in log) - began,
        whole_s=ended - began,
        log=log,
    )


REALTIME = "BENCHMARK_REALTIME"
"""Variable of the environment: server and client run at real-time priority, so that no other work comes between.

Not so what the client starts (grading, its thread for syncs), which would have a core of its own on an idle machine;
with the value "all" that too.
"""


def _pin(pid: int, *, first: bool) -> None:
    """The server on one core, the client on another, where there are two."""
    if not hasattr(os, "sched_setaffinity"):
        return
    if wanted := os.environ.get(REALTIME):
        policy = os.SCHED_FIFO if first or wanted == "all" else os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(pid, policy, os.sched_param(1))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[0]} if first else {cores[1]})
