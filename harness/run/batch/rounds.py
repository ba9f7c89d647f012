"""Which attempts a round of batches takes: open jobs, at positions that fit into the budget for all models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.types import Job
from harness.run.batch.pending import PendingAttempt
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.run_context import RunContext
from harness.run.planning.plan import JobBuilder, Plan
from harness.store.resume import CompletedJobs

ATTEMPTS_PER_SESSION = 3
"""Batches that one session puts a job into; what failed as often waits for the next session."""


@dataclass(slots=True, kw_only=True)
class BatchRounds:
    """The jobs of a run by what this session has done for them."""

    plan: Plan
    completed: CompletedJobs
    context: RunContext
    outcome: RunOutcome
    _ended: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _tries: Counter[str] = field(default_factory=Counter)

    def take(self) -> dict[str, list[PendingAttempt]]:
        """The attempts of a round by label, their dollars reserved; positions are taken for all models or for none."""
        found: dict[str, list[PendingAttempt]] = {}
        self.outcome.unfunded_jobs.clear()
        self.context.budget.shortage = None
        builders = [JobBuilder(plan=self.plan, endpoint=one) for one in self.plan.endpoints]
        for position in self.plan.positions(self.plan.order()):
            jobs = [builder.job(*position) for builder in builders]
            attempts = [self._attempt(job) for job in jobs if self._is_open(job)]
            if not self.context.budget.reserve_all([one.reservation for one in attempts]):
                for one in attempts:
                    label = one.job.endpoint.label
                    self.outcome.unfunded_jobs[label] = self.outcome.unfunded_jobs.get(label, 0) + 1
                continue
            for one in attempts:
                found.setdefault(one.job.endpoint.label, []).append(one)
        return found

    def on_submitted(self, part: Sequence[PendingAttempt]) -> None:
        """Count attempts that go into a batch."""
        self._numbers |= {one.job.key: one.number + 1 for one in part}
        self._tries.update(one.job.key for one in part)

    def on_ended(self, key: str) -> None:
        """A job needs no further attempt."""
        self._ended.add(key)

    def _is_open(self, job: Job) -> bool:
        if job.endpoint.label in self.outcome.stopped or self._tries[job.key] >= ATTEMPTS_PER_SESSION:
            return False
        return job.key not in self._ended and not self.completed.is_done(job.key)

    def _attempt(self, job: Job) -> PendingAttempt:
        number = self._numbers.get(job.key, self.completed.numbers.get(job.key, 0))
        return PendingAttempt(
            job=job,
            number=number,
            reservation=self.context.reservation_for(job, number),
            bound_usd=self.context.max_cost(job),
        )
