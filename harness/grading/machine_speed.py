"""How many times slower this machine is than the one the limits were set on.

A fixed piece of pure Python is timed in CPU seconds, so that other work on the machine counts little. Memory speed,
numpy and a clock that changes later are not measured.
"""

from __future__ import annotations

import time

_ROUNDS = 60_000
_REFERENCE_S = 0.0075
"""CPU seconds of the work on the reference machine: Python 3.11 on one idle core of a 2024 cloud server."""
_SLOWEST = 8.0
"""A measurement beyond it is taken for a disturbed one; limits eight times as long still end every loop."""


def _work() -> int:
    total, words = 0, {}
    for number in range(_ROUNDS):
        total = (total * 31 + number) % 1_000_003
        words[number & 255] = total
    return total + len(words)


def speed_factor() -> float:
    """What CPU limits are to be multiplied by: 1 on a machine as fast as the reference or faster, at most 8."""
    best = min(_timed() for _ in range(3))
    return min(max(best / _REFERENCE_S, 1.0), _SLOWEST)


def _timed() -> float:
    started = time.process_time()
    _work()
    return time.process_time() - started
