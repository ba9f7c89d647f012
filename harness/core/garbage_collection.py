"""How often Python's garbage collector looks for cycles in a process of the harness."""

from __future__ import annotations

import gc

THRESHOLDS = (20_000, 20, 20)
"""A run and a report make values by the million that are no cycles: the usual (700, 10, 10) costs 6 to 14% of them."""


def collect_seldom() -> None:
    """Set the thresholds of this process; each process that makes many values calls it once."""
    gc.set_threshold(*THRESHOLDS)
