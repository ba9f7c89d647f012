"""How many tokens a model generates at one reasoning effort compared with another, where that was not measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

from harness.core.labels import Effort

EFFORT_TOKENS: Mapping[Effort, float] = {
    Effort.MINIMAL: 0.13,
    Effort.LOW: 0.38,
    Effort.MEDIUM: 1.0,
    Effort.HIGH: 2.2,
}
"""Output of an answer in times that of medium: geometric means of published dollars per task.

GPT-5 and GPT-5 mini on ARC-AGI-1 and ARC-AGI-2 (ARC Prize, arcprize.org, leaderboard of 2026-06-04): minimal 0.10 to
0.15, low 0.30 to 0.46, high 1.5 to 3.1 times medium. Nearly all of those dollars are output.
"""


def effort_factor(measured: Effort | None, wanted: Effort | None) -> float | None:
    """What to multiply output tokens of one effort by for those of another; None where no ratio is known."""
    own = None if measured is None else EFFORT_TOKENS.get(measured)
    other = None if wanted is None else EFFORT_TOKENS.get(wanted)
    return None if own is None or other is None else other / own


def distance(factor: float) -> float:
    """How far apart two efforts are: the same for a factor and its inverse."""
    return abs(math.log(factor))
