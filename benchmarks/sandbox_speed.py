"""How long one graded sample takes, against a bare start of the interpreter in the same round.

`python benchmarks/sandbox_speed.py [ROUNDS] [--sandbox ENGINE:IMAGE]` prints medians in milliseconds, the paired ratio,
samples a second of one worker and of two, and what is left behind. Ratios are paired round by round, so that other work
on the machine weighs on both sides alike. The backend in use is the one that `choose` finds, or the container named.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import time
from pathlib import Path

from harness.grading.code.case_specs import AssertTests, CallCase, CallTests
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.backends.launch import interpreter
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import choose_backend

_SOURCE = "def f(a, b):\n    return a + b\n"
_CALLS = CallTests(entry_point="f", cases=(CallCase(args=(2, 3), expected=5),))
_ASSERTS = AssertTests(entry_point="f", tests="assert f(2, 3) == 5\n")


def _timed_bare() -> float:
    started = time.perf_counter()
    subprocess.run([interpreter(), "-I", "-S", "-c", "pass"], check=True)
    return time.perf_counter() - started


def _timed_sample(runner: CodeRunner, tests: CallTests | AssertTests) -> float:
    started = time.perf_counter()
    result = runner.run(_SOURCE, tests, ResourceLimits())
    assert result.verdict.value == "correct", result
    return time.perf_counter() - started


def _work(backend: SandboxBackend, count: int, begin: float) -> float:
    """Grade `count` samples from the given instant on; samples a second."""
    runner = CodeRunner(backend)
    _timed_sample(runner, _CALLS)
    while time.time() < begin:
        time.sleep(0.001)
    started = time.perf_counter()
    for _ in range(count):
        _timed_sample(runner, _CALLS)
    took = time.perf_counter() - started
    runner.close()
    return count / took


def _per_second(backend: SandboxBackend, workers: int, count: int) -> float:
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return sum(pool.starmap(_work, [(backend, count, time.time() + 1.5)] * workers))


def _left_behind() -> tuple[int, int, int]:
    """Processes, mounts and System V segments on the machine."""
    processes = sum(path.name.isdigit() for path in Path("/proc").iterdir())
    mounts = len(Path("/proc/self/mounts").read_text().splitlines())
    segments = len(Path("/proc/sysvipc/shm").read_text().splitlines()) - 1
    return processes, mounts, segments


def main(rounds: int, sandbox: str | None) -> None:
    """Measure and print."""
    before = _left_behind()
    backend = choose_backend(sandbox).backend
    runner = CodeRunner(backend)
    rows = [(_timed_bare(), _timed_sample(runner, _CALLS), _timed_sample(runner, _ASSERTS)) for _ in range(rounds)]
    runner.close()
    bare, calls, asserts = (statistics.median(column) * 1000 for column in zip(*rows, strict=True))
    ratio_calls = statistics.median(call / start for start, call, _ in rows)
    ratio_asserts = statistics.median(check / start for start, _, check in rows)
    print(f"backend: {backend.name}; load {os.getloadavg()[0]:.1f}; {rounds} rounds")
    print(f"python -I -S -c pass      {bare:6.2f} ms")
    print(f"one sample, calls         {calls:6.2f} ms   {ratio_calls:.2f}x")
    print(f"one sample, asserts       {asserts:6.2f} ms   {ratio_asserts:.2f}x")
    one, two = _per_second(backend, 1, rounds * 2), _per_second(backend, 2, rounds * 2)
    print(f"one worker {one:.0f}/s, two workers {two:.0f}/s ({two / one:.2f}x)")
    print(f"processes, mounts, segments before {before}, after {_left_behind()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rounds", nargs="?", type=int, default=300)
    parser.add_argument("--sandbox", metavar="ENGINE:IMAGE", help="a container instead of the strongest backend")
    given = parser.parse_args()
    main(given.rounds, given.sandbox)
