"""The words of a gate: a row then and now, what may differ, and the finding of one check.

Not here: the checks (gate_checks, gate_amounts), which rows are held against each other (gate).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from harness.report.gate.baseline import ModelTotals, SampleTotals

SHOWN = 3
"""How many names a sentence gives before it stops."""
LIVE_TOLERANCE = 0.05
"""Default allowed increase in cost or tokens of a live row; a simulated row must be equal."""


class CheckOutcome(Enum):
    """Result of a check. INCONCLUSIVE: it could not be decided. SKIPPED: the baseline has no figure for it."""

    PASSED = "passed"
    FAILED = "FAILED"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """What a row may differ by. None: a SIMULATED row, drawn from a seed, by nothing, any other by LIVE_TOLERANCE.

    `exact_accuracy`: every ruling must be the same (None: for simulated rows). `usd`, `tokens`: shares, 0 is equality
    to the last digit. `more`: jobs or answers by which each count of what went wrong may rise. `latency`: the ratio of
    medians that must not be passed; None: times are not looked at.
    """

    exact_accuracy: bool | None = None
    usd: float | None = None
    tokens: float | None = None
    max_increase: int = 0
    latency: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheckResult:
    """One check of one row: the baseline's figure and the run's as people read them, the ruling, and why."""

    task: str
    model: str
    simulated: bool
    check: str
    then: str
    now: str
    outcome: CheckOutcome
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinePair:
    """One row then and now."""

    then: ModelTotals
    now: ModelTotals

    @property
    def simulated(self) -> bool:
        return self.then.terms.simulated

    @property
    def shared(self) -> list[tuple[str, SampleTotals, SampleTotals]]:
        """The samples both have, with their figures then and now."""
        return [
            (name, then, self.now.samples[name]) for name, then in self.then.samples.items() if name in self.now.samples
        ]

    def finding(self, check: str, figures: tuple[str, str], ruling: CheckOutcome, why: str) -> GateCheckResult:
        return GateCheckResult(
            task=self.then.task,
            model=self.then.model,
            simulated=self.simulated,
            check=check,
            then=figures[0],
            now=figures[1],
            outcome=ruling,
            why=why,
        )


def first_names(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
