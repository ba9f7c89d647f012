"""How a session ended: what was stopped, left open, held back or not funded. The files hold the answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.types import FailureKind
from harness.providers.pacing.circuit_breaker import Stopped
from harness.run.execution.budget_guard import BudgetOverrun, BudgetShortfall


@dataclass(slots=True, kw_only=True)
class OpenJobs:
    """Jobs left open by one cause: how many, and what the last of them was told."""

    count: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetExcess:
    """A budget that was exceeded, and what was billed under it."""

    budget_usd: Decimal
    billed_usd: Decimal


@dataclass(slots=True, kw_only=True)
class RunOutcome:
    """How a session ended. By label: `stopped`, endpoints that could not serve any longer; `left_open`, causes of jobs
    whose attempts all failed and that stay open, with how many and a message; `held_back`, jobs not sent because they
    are open at a stopped endpoint; `unfunded_jobs`, jobs not sent for lack of budget.

    `shortage`: the fewest dollars that one more of those would have needed. `overruns`: by label, attempts billed above
    the most they could cost; `exceeded`: budgets that were exceeded, by label, the run's own under an empty one.
    `trouble`: what of this machine broke. `stopped_early`: why no more than this was needed.
    `running_batches`: by label, batches that are not collected yet, in a run by batches.
    `left_uploads`: by label, an uploaded file of a batch that could not be deleted, and why.
    `unmatched`: how many requests a replayed recording does not hold, by what differs.
    """

    stopped: dict[str, Stopped] = field(default_factory=dict)
    left_open: dict[str, dict[FailureKind, OpenJobs]] = field(default_factory=dict)
    held_back: dict[str, int] = field(default_factory=dict)
    unfunded_jobs: dict[str, int] = field(default_factory=dict)
    shortage: BudgetShortfall | None = None
    overruns: dict[str, BudgetOverrun] = field(default_factory=dict)
    exceeded: dict[str, BudgetExcess] = field(default_factory=dict)
    trouble: str | None = None
    stopped_early: str | None = None
    running_batches: dict[str, int] = field(default_factory=dict)
    left_uploads: dict[str, str] = field(default_factory=dict)
    unmatched: Counter[str] = field(default_factory=Counter)
