"""Rates and CPU of workers beside those of the local engine, in pairs, because the machine's other work comes and goes.

Latency-bound work: 40 requests of 1 s in flight for each worker. `python -m benchmarks.distributed scaling` runs it.
"""

from __future__ import annotations

import os
import statistics
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.measured_run import Load, run_harness

SLOTS = 40
ROUNDS = 36
"""So many that all workers have started, one after another, before the middle half of the answers."""
SMALL, LARGE = (Load(requests=number, at_once=64, ttft_s=0.2) for number in (500, 3500))
SAMPLE_EVERY_S = 0.1
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
RAY_ITSELF = ("gcs_server", "raylet/raylet ", "Agent", "agent.py", "agent/main.py", "monitor.py")
"""Parts of the command lines of Ray's own processes, which work whether or not anything is called."""
RAY_WORKER = "default_worker.py"
"""Of a process that runs actors and tasks, whose arguments name Ray's own processes."""


def scaling(engine: str, *, repeats: int) -> Iterator[str]:
    """What 1, 2 and 4 workers of an engine reach, then what a call costs; medians of the ratios of each repeat.

    `engine`: local (processes) or ray (a cluster that the run starts).
    """
    yield _rates(engine, repeats)
    yield _costs(engine, repeats)


def _options(engine: str, workers: int) -> Sequence[str]:
    """None for 0 workers: the local engine."""
    if not workers:
        return ()
    return ("--workers", str(workers), *(("--engine", "ray") if engine == "ray" else ()))


def _rates(engine: str, repeats: int) -> str:
    rates: dict[int, list[float]] = defaultdict(list)
    for _ in range(repeats):
        for workers in (0, 1, 2, 4):
            slots = SLOTS * max(1, workers)
            load = Load(requests=slots * ROUNDS, at_once=slots, ttft_s=1.0)
            rates[workers].append(run_harness(load, _options(engine, workers), is_pinned=False).rate())
    lines = []
    for workers, found in rates.items():
        count = max(1, workers)
        ideal = statistics.median(rate / (SLOTS * count) for rate in found)
        times = statistics.median(rate / (count * alone) for rate, alone in zip(found, rates[0], strict=True))
        name = f"{workers} x {SLOTS} requests" if workers else f"one process, {SLOTS} requests"
        lines.append(
            f"{name} in flight of 1 s: {statistics.median(found):.1f} a second, {ideal:.2f} of ideal, "
            f"{times:.2f} of {count} times one process"
        )
    return "\n".join(lines)


def _costs(engine: str, repeats: int) -> str:
    """CPU of a call: what a large run takes more than a small one, for each call that it has more."""
    calls = LARGE.requests - SMALL.requests
    alone, together, idle = [], [], []
    for _ in range(repeats):
        before, after = _cpu(SMALL, ()), _cpu(LARGE, ())
        alone.append((after.own_s - before.own_s) / calls)
        before, after = (_cpu(load, _options(engine, 1)) for load in (SMALL, LARGE))
        together.append((after.own_s - before.own_s) / calls)
        idle.append(after.ray_s / after.seconds)
    more = statistics.median(one / other - 1 for one, other in zip(together, alone, strict=True))
    text = (
        f"CPU per call, start not included: one process {1000 * statistics.median(alone):.2f} ms, one worker with its "
        f"coordinator {1000 * statistics.median(together):.2f} ms: {100 * more:+.0f}% (median of {repeats} pairs)"
    )
    return text if engine != "ray" else f"{text}; Ray's own processes: {statistics.median(idle):.2f} cores meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """CPU seconds of a run: `own_s` of the harness, `ray_s` of Ray's own processes; `seconds` that it took."""

    own_s: float
    ray_s: float
    seconds: float


def _cpu(load: Load, options: Sequence[str]) -> Cpu:
    with _ProcessTree() as tree:
        run = run_harness(load, options, is_pinned=False)
    own_s = sum(ticks for ticks, command in tree.found.values() if not _is_rays(command)) / TICKS_PER_S
    ray_s = sum(ticks for ticks, command in tree.found.values() if _is_rays(command)) / TICKS_PER_S
    return Cpu(own_s=own_s, ray_s=ray_s, seconds=run.whole_s)


def _is_rays(command: str) -> bool:
    return RAY_WORKER not in command and any(part in command for part in RAY_ITSELF)


@dataclass(slots=True)
class _ProcessTree:
    """Samples the CPU of all processes below this one but the answer server's; by id, ticks and the command line.

    Waiting for them does not tell: Ray's processes are not waited for by those that start them.
    """

    found: dict[int, tuple[int, str]] = field(default_factory=dict)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._is_over.wait(SAMPLE_EVERY_S):
            parents: dict[int, int] = {}
            ticks: dict[int, int] = {}
            for path in Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = path.read_text().rpartition(")")[2].split()
                except OSError:  # it has ended
                    continue
                pid = int(path.parent.name)
                parents[pid], ticks[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
            for pid in parents:
                if self._is_below(pid, parents) or pid in self.found:
                    self._note(pid, ticks[pid])

    @staticmethod
    def _is_below(pid: int, parents: dict[int, int]) -> bool:
        pid = parents[pid]
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    def _note(self, pid: int, ticks: int) -> None:
        known = self.found.get(pid)
        command = known[1] if known is not None else _command(pid)
        if "answer_server" not in command:
            self.found[pid] = ticks, command


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
