"""What the workers of a session report, put together for its display and its end."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal

from harness.core.clock import Clock
from harness.core.types import Endpoint
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.run.distributed.messages import EndpointState, News
from harness.run.execution.budget_guard import BudgetOverrun
from harness.run.execution.outcome import OpenJobs, RunOutcome
from harness.run.execution.progress import ModelProgress


class MirroredLimiter(RateLimiter):
    """An endpoint as all workers together use it: shown, paused and limited here, asked for turns by nobody."""

    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        super().__init__(endpoint.limits, clock)

    def mirror(self, in_flight: int, state: EndpointState) -> None:
        """Show what the workers report."""
        self._in_flight = in_flight
        if state.pause_s > max(0.0, self.breaker.pause_left_s):
            self.breaker.pause(state.pause_s, state.pause_reason)
        if state.stopped is not None:
            self.breaker.stop(state.stopped.why, resumes_at=state.stopped.resumes_at)


def show_totals(models: Mapping[str, ModelProgress], base: Mapping[str, ModelProgress], news: News) -> None:
    """Set the counters of each model to those of earlier sessions plus those of all workers."""
    for label, model in models.items():
        parts = [totals.models[label] for totals in news.totals.values()]
        own = base[label]
        counts = ("done", "answered", "failed", "unpriced", "completion_tokens", "unknown")
        for name in counts:
            setattr(model, name, getattr(own, name) + sum(getattr(part, name) for part in parts))
        model.known_usd = sum((part.known_usd for part in parts), own.known_usd)
        for name in ("verdicts", "causes", "other_models"):
            total = deepcopy(getattr(own, name))
            for part in parts:
                total.update(getattr(part, name))
            setattr(model, name, total)
        model.ttft_s = deepcopy(own.ttft_s)
        for part in parts:
            model.ttft_s.extend(part.ttft_s)
        model.waits = {key: wait for part in parts for key, wait in part.waits.items()}
        model.note = next((part.note for part in parts if part.note), "")


def merge_outcomes(outcome: RunOutcome, news: News) -> None:
    """Put together how the workers ended."""
    outcome.shortage = news.shortage
    _add(outcome.unfunded_jobs, news.unfunded)
    for totals in news.totals.values():
        part = totals.outcome
        outcome.trouble = outcome.trouble or part.trouble
        outcome.stopped = {**part.stopped, **outcome.stopped}
        _add(outcome.held_back, part.held_back)
        _add(outcome.unfunded_jobs, part.unfunded_jobs)
        for label, causes in part.left_open.items():
            for kind, jobs in causes.items():
                known = outcome.left_open.setdefault(label, {}).setdefault(kind, OpenJobs())
                known.count, known.message = known.count + jobs.count, jobs.message
        for label, overrun in part.overruns.items():
            known_overrun = outcome.overruns.get(label)
            outcome.overruns[label] = overrun if known_overrun is None else _both(known_overrun, overrun)


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for label, count in more.items():
        counts[label] = counts.get(label, 0) + count


def _both(one: BudgetOverrun, other: BudgetOverrun) -> BudgetOverrun:
    largest = max(one, other, key=lambda overrun: overrun.billed_usd - overrun.bound_usd)
    return BudgetOverrun(
        attempts=one.attempts + other.attempts,
        excess_usd=sum((one.excess_usd, other.excess_usd), Decimal(0)),
        bound_usd=largest.bound_usd,
        billed_usd=largest.billed_usd,
        cause=largest.cause,
    )
