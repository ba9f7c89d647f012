"""Whether an endpoint can serve at all: it is open, paused until a known time, or stopped.

Money that ran out, a revoked key or a quota that ended is a fact about the endpoint, not about one job: the jobs that
meet it stay open. Such a cause is confirmed by a few single requests some seconds apart, because providers also send
it by mistake; then the endpoint is stopped. A wait that the provider names is kept up to `max_wait_s`; a longer one
stops the endpoint. How fast an open endpoint is asked: rate_limiter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.core.clock import Clock
from harness.core.durations import duration_text
from harness.core.types import Failure, FailureKind

DEFAULT_MAX_WAIT_S = 300.0
"""A longer wait is not worth holding a run for; a budget per minute has refilled several times by then."""

ENDPOINT_FAILURES = frozenset(
    {
        FailureKind.PAYMENT_REQUIRED,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.UNAUTHORIZED,
        FailureKind.NOT_FOUND,
        FailureKind.TLS,
        FailureKind.REDIRECTED,
    }
)
"""Causes that every job of the endpoint meets alike, and that end without any change of the request."""
PERMANENT_FAILURES = frozenset({FailureKind.BAD_REQUEST, FailureKind.HARNESS_BUG})
"""Causes that may be one job's own; they stop an endpoint whose first calls give nothing else."""
REFUSALS = frozenset({FailureKind.RATE_LIMITED, FailureKind.OVERLOADED})

FIRST_CALLS = 10
PROBE_WAITS_S = (1.0, 3.0)
"""Seconds from each confirmation of an endpoint's failure to the request that tries it once more."""
PAUSE_FROM_S = 30.0
"""A shorter wait is ordinary rate limiting: nobody needs to be told, and the other models go on."""
LOST_JOBS = 5
LOST_PAID_JOBS = 3
"""So many jobs in a row without an answer, after all their attempts, stop the endpoint; fewer where each cost money."""


OTHER_MODEL_ANSWERS = 3
"""So many answers of another model stop the endpoint of a run that refuses them (`--strict-model`)."""


class CircuitOpen(Exception):
    """The endpoint was stopped; the job stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why an endpoint was stopped, in words; `resumes_at`: when it serves again, where that is known."""

    why: str
    resumes_at: datetime | None = None


class CircuitBreaker:
    """The state of one endpoint. `on_change` is called whenever that state changes.

    All `started_s` are monotonic readings of when a request was sent: what a request that was in flight before a
    change brings says nothing about the state after it.
    """

    def __init__(self, clock: Clock, *, max_wait_s: float = DEFAULT_MAX_WAIT_S) -> None:
        self._clock = clock
        self.max_wait_s = max_wait_s
        self.on_change: Callable[[], None] = lambda: None
        self._paused_until_s = clock.monotonic()
        self._confirmations = 0
        self._probe_from_s = 0.0
        self._refused_since_s: float | None = None
        self._answered_started_s: float | None = None
        self._first_failures: Counter[FailureKind] = Counter()
        self._lost_jobs = 0
        self._other_model_answers = 0
        self.pause_reason = ""
        self.stopped: Stopped | None = None

    @property
    def pause_left_s(self) -> float:
        """Seconds until a paused endpoint is asked again; 0 or less where it is not paused."""
        return self._paused_until_s - self._clock.monotonic()

    @property
    def probe_in_s(self) -> float | None:
        """Seconds until the next single request that tries a failing endpoint; None where none is in doubt."""
        return None if self._confirmations == 0 else self._probe_from_s - self._clock.monotonic()

    @property
    def has_answered(self) -> bool:
        """Whether the endpoint has given any answer in this session."""
        return self._answered_started_s is not None

    def answered_since(self, instant_s: float) -> bool:
        """Whether a request that was sent at or after that monotonic reading has been answered."""
        return self._answered_started_s is not None and self._answered_started_s >= instant_s

    def stop(self, why: str, *, resumes_at: datetime | None = None) -> None:
        """Send nothing more; the first reason stands."""
        if self.stopped is None:
            self.stopped = Stopped(why=why, resumes_at=resumes_at)
            self.on_change()

    def pause(self, seconds: float, why: str) -> None:
        """Send nothing for so long; a longer pause that is on already stands."""
        until_s = self._clock.monotonic() + seconds
        if until_s > self._paused_until_s:
            self._paused_until_s, self.pause_reason = until_s, why
            self.on_change()

    def on_answer(self, started_s: float) -> None:
        """Take in an answer: it ends a doubt that arose before its request was sent."""
        self._answered_started_s = max(started_s, self._answered_started_s or started_s)
        self._refused_since_s = None
        self._lost_jobs = 0
        if self._confirmations and started_s >= self._probe_from_s:
            self._confirmations = 0
            self.on_change()

    def on_failure(self, failure: Failure, started_s: float) -> None:
        """Take in a failed attempt."""
        what = f"{failure.kind.value}: {failure.message}"
        is_endpoint = failure.kind in ENDPOINT_FAILURES
        if (is_endpoint or failure.is_retryable) and failure.retry_after_s is not None:
            self._wait_for(failure.retry_after_s, what)
        elif is_endpoint:
            self._confirm(what, started_s)
        elif failure.kind is FailureKind.OTHER_MODEL:
            self._other_model_answers += 1
            if self._other_model_answers >= OTHER_MODEL_ANSWERS:
                self.stop(what)
        elif failure.kind in PERMANENT_FAILURES:
            self._count_first_failure(failure)
        if failure.kind in REFUSALS and failure.is_retryable:
            self._count_refusal(what)

    def on_lost_job(self, failure: Failure, *, was_paid: bool) -> None:
        """Take in a job that got no answer after all its attempts, while nobody else got one either."""
        self._lost_jobs += 1
        if self._lost_jobs >= (LOST_PAID_JOBS if was_paid else LOST_JOBS):
            self.stop(
                f"{self._lost_jobs} jobs in a row got no answer after all their attempts "
                f"({failure.kind.value}): {failure.message}"
            )

    def _wait_for(self, seconds: float, what: str) -> None:
        if seconds > self.max_wait_s:
            resumes_at = self._clock.now() + timedelta(seconds=seconds)
            self.stop(
                f"it asks for a wait of {duration_text(seconds)}, above --max-wait ({what})", resumes_at=resumes_at
            )
        elif seconds >= PAUSE_FROM_S:
            self.pause(seconds, what)

    def _confirm(self, what: str, started_s: float) -> None:
        if self._confirmations and started_s < self._probe_from_s:
            return  # it was in flight when the doubt arose
        self._confirmations += 1
        if self._confirmations > len(PROBE_WAITS_S):
            self.stop(what)
            return
        self._probe_from_s = self._clock.monotonic() + PROBE_WAITS_S[self._confirmations - 1]
        self.pause_reason = what
        self.on_change()

    def _count_refusal(self, what: str) -> None:
        now = self._clock.monotonic()
        if self._refused_since_s is None:
            self._refused_since_s = now
        elif now - self._refused_since_s > max(self.max_wait_s, 60.0):  # a minute's budget must have had its chance
            self.stop(f"it refused every request for {duration_text(now - self._refused_since_s)} ({what})")

    def _count_first_failure(self, failure: Failure) -> None:
        self._first_failures[failure.kind] += 1
        if self._answered_started_s is None and self._first_failures.total() >= FIRST_CALLS:
            kinds = ", ".join(f"{count} x {kind.value}" for kind, count in self._first_failures.most_common())
            self.stop(f"its first {FIRST_CALLS} calls all failed for good ({kinds}): {failure.message}")
