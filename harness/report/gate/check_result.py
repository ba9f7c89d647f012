"""Values of a gate: a row of the baseline beside that of the run, the tolerances, and the result of one check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from harness.core.types import Origin
from harness.report.gate.baseline import ModelTotals, SampleTotals

SHOWN = 3
"""How many names a sentence gives before it stops."""
LIVE_TOLERANCE = 0.05
"""Default allowed increase in cost or tokens of a live row; a simulated row must be equal."""
OLDER = "the baseline is older than this check; harness baseline update adds what it needs"
OTHER_REPEATS = "other repeats: the sums cannot be equal"
Figure: TypeAlias = int | float | Decimal
"""What a check compares, for programs: a share, dollars, tokens, a count, seconds."""


class CheckOutcome(Enum):
    """Result of a check. INCONCLUSIVE: it could not be decided. SKIPPED: the baseline has no figure for it."""

    PASSED = "passed"
    FAILED = "FAILED"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """What a row may differ by. None: a SIMULATED or REPLAYED row by nothing, any other by LIVE_TOLERANCE.

    `exact_accuracy`: every verdict must be the same (None: for such rows). `usd`, `tokens`: shares, 0 is equality
    to the last digit. `allow_less`: lower dollars, tokens and counts of errors pass; else they fail as higher ones do,
    counts for such rows alone. `max_increase`: jobs or answers by which each count of errors may rise. `latency`:
    the highest accepted ratio of medians; None: times are not checked.
    """

    exact_accuracy: bool | None = None
    usd: float | None = None
    tokens: float | None = None
    allow_less: bool = False
    max_increase: int = 0
    latency: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheckResult:
    """One check of one row: the baseline's figure and the run's as people read them, the outcome, and why.

    `values`: the same two figures for programs, None where there is none.
    """

    task: str
    model: str
    origin: Origin
    check: str
    then: str
    now: str
    outcome: CheckOutcome
    why: str
    values: tuple[Figure | None, Figure | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinePair:
    """One model on one task in the baseline (`then`) and in the run (`now`). Checks cover the samples both have."""

    then: ModelTotals
    now: ModelTotals

    @property
    def is_deterministic(self) -> bool:
        """Whether the same run gives the same figures: answers are drawn from a seed or come from a recording."""
        return self.then.terms.simulated or self.then.terms.replayed

    @property
    def shared(self) -> list[tuple[str, SampleTotals, SampleTotals]]:
        """The samples both have, with their figures then and now."""
        return [
            (name, then, self.now.samples[name]) for name, then in self.then.samples.items() if name in self.now.samples
        ]

    @property
    def has_same_jobs(self) -> bool:
        """Whether both hold the same samples with as many jobs each, so that sums over all of a row may be compared."""
        same_samples = self.then.samples.keys() == self.now.samples.keys()
        return same_samples and all(one.jobs == other.jobs for _, one, other in self.shared)

    def finding(
        self,
        check: str,
        figures: tuple[str, str],
        outcome: CheckOutcome,
        why: str,
        *,
        values: tuple[Figure | None, Figure | None] = (None, None),
    ) -> GateCheckResult:
        """The result of one check of this pair."""
        return check_result(self.then, check, figures, outcome, why, values)


def check_result(
    row: ModelTotals,
    check: str,
    figures: tuple[str, str],
    outcome: CheckOutcome,
    why: str,
    values: tuple[Figure | None, Figure | None] = (None, None),
) -> GateCheckResult:
    """The result of one check of a row. `figures`, `values`: of the baseline, or the limit, and of this run."""
    return GateCheckResult(
        task=row.task,
        model=row.model,
        origin=row.terms.origin,
        check=check,
        then=figures[0],
        now=figures[1],
        outcome=outcome,
        why=why,
        values=values,
    )


def first_names(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
