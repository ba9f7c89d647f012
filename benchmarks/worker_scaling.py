"""Rates and CPU of workers beside those of the local engine, in pairs, because the machine's other work comes and goes.

Latency-bound work: 40 requests of 1 s in flight for each worker, `python -m benchmarks.distributed scaling`; at several
rates of 0.2 s each, `python -m benchmarks.distributed overhead`.
"""

from __future__ import annotations

import bisect
import os
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.measured_run import Load, run_harness
from harness.core.plurals import counted

SLOTS = 40
ROUNDS = 36
"""So many that all workers have started, one after another, before the middle half of the answers."""
COSTS = tuple(Load(requests=75 * at_once, at_once=at_once, ttft_s=0.2) for at_once in (64, 192))
"""320 and 960 calls a second: a line through both separates what each call takes from what each second takes."""
SAMPLE_EVERY_S = 0.1
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
RAY_ITSELF = "-packages/ray/"
"""In the program's path of Ray's own processes, which work whether or not anything is called."""
RAY_WORKER = "default_worker.py"
"""The program of a process that runs actors and tasks."""


def scaling(engine: str, *, repeats: int) -> str:
    """What 1, 2 and 4 workers of an engine reach; medians of the ratios of each repeat.

    `engine`: local (processes) or ray (a cluster that the run starts).
    """
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


def overhead(engine: str, *, repeats: int) -> Iterator[str]:
    """CPU of one worker, its coordinator and its session beside one process: at each rate, by call and by second."""
    pairs = [[(_cpu(load, ()), _cpu(load, _options(engine, 1))) for load in COSTS] for _ in range(repeats)]
    for number, load in enumerate(COSTS):
        found = [repeat[number] for repeat in pairs]
        more = statistics.median(other.call_ms / one.call_ms - 1 for one, other in found)
        one_ms, other_ms = (statistics.median(pair[side].call_ms for pair in found) for side in (0, 1))
        yield (
            f"CPU at {load.at_once / load.latency_s:.0f} calls a second, start and end not included: one process "
            f"{one_ms:.3f} ms a call, one worker with its coordinator {other_ms:.3f} ms: {100 * more:+.0f}% (median of "
            f"{counted(repeats, 'pair')})"
        )
    alone, together = ([_parts([pair[side] for pair in repeat]) for repeat in pairs] for side in (0, 1))
    calls = statistics.median(other[0] / one[0] - 1 for one, other in zip(alone, together, strict=True))
    (one_call, one_rest), (other_call, other_rest) = (
        [statistics.median(values) for values in zip(*found, strict=True)] for found in (alone, together)
    )
    yield (
        f"of these each call takes: one process {one_call:.3f} ms, with a worker {other_call:.3f} ms: "
        f"{100 * calls:+.0f}% (median of {counted(repeats, 'pair')} of lines through these rates)"
    )
    yield f"and each second, calls or none: one process {one_rest:.0f} ms, with a worker {other_rest:.0f} ms"
    if engine == "ray":
        rays = statistics.median(other.ray_ms_per_s for repeat in pairs for _, other in repeat)
        yield f"Ray's own processes (raylet, GCS, agents) take another {rays:.0f} ms each second"


def _parts(found: Sequence[Cpu]) -> tuple[float, float]:
    """(ms of CPU that each call takes, ms that each second takes whether or not anything is called)."""
    return statistics.linear_regression([one.calls_per_s for one in found], [one.own_ms_per_s for one in found])


def _options(engine: str, workers: int) -> Sequence[str]:
    """None for 0 workers: the local engine."""
    if not workers:
        return ()
    return ("--workers", str(workers), *(("--engine", "ray") if engine == "ray" else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """Milliseconds of CPU of a second: `own_ms_per_s` of the harness, `ray_ms_per_s` of Ray's own processes."""

    calls_per_s: float
    own_ms_per_s: float
    ray_ms_per_s: float

    @property
    def call_ms(self) -> float:
        """All that the harness took in a second, for each call of that second."""
        return self.own_ms_per_s / self.calls_per_s


def _cpu(load: Load, options: Sequence[str]) -> Cpu:
    """Of all processes while the middle half of the answers came."""
    with _ProcessTree() as tree:
        run = run_harness(load, options, is_pinned=False)
    ends = sorted(row[3] for row in run.log)
    first, last = (tree.reading(ends[len(ends) * quarter // 4]) for quarter in (1, 3))
    took_s = last.at_s - first.at_s
    return Cpu(
        calls_per_s=(bisect.bisect(ends, last.at_s) - bisect.bisect(ends, first.at_s)) / took_s,
        own_ms_per_s=1000 * (last.own_ticks - first.own_ticks) / TICKS_PER_S / took_s,
        ray_ms_per_s=1000 * (last.ray_ticks - first.ray_ticks) / TICKS_PER_S / took_s,
    )


def _is_rays(command: str) -> bool:
    program = " ".join(command.split()[:3])  # without arguments: the raylet's name workers
    return RAY_ITSELF in program and RAY_WORKER not in program


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Ticks of CPU so far, of the harness and of Ray's own processes, at a reading of the monotonic clock."""

    at_s: float
    own_ticks: int
    ray_ticks: int


@dataclass(slots=True)
class _ProcessTree:
    """Samples the CPU of all processes below this one but the answer server's; by id, ticks and the command line.

    Waiting for them does not tell: Ray's processes are not waited for by those that start them.
    """

    readings: list[_Reading] = field(default_factory=list)
    _found: dict[int, tuple[int, str]] = field(default_factory=dict)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def reading(self, at_s: float) -> _Reading:
        """The first one after that moment."""
        return next(one for one in self.readings if one.at_s >= at_s)

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
                if self._is_below(pid, parents) or pid in self._found:
                    self._note(pid, ticks[pid])
            own, rays = (
                sum(used for used, command in self._found.values() if _is_rays(command) is is_ray)
                for is_ray in (False, True)
            )
            self.readings.append(_Reading(at_s=time.monotonic(), own_ticks=own, ray_ticks=rays))

    @staticmethod
    def _is_below(pid: int, parents: dict[int, int]) -> bool:
        pid = parents[pid]
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    def _note(self, pid: int, ticks: int) -> None:
        known = self._found.get(pid)
        command = known[1] if known is not None else _command(pid)
        if "answer_server" not in command:
            self._found[pid] = ticks, command


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
