"""A worker's side of shared limits: buckets that are filled by the coordinator, and what to report and to keep to."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.clock import Clock
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.run.distributed.messages import EndpointReport, EndpointShare, EndpointState

RECHECK_S = 1.0
"""How soon an empty bucket is looked at again where no grant comes; a grant is noticed at once."""
TICK_S = 0.001
AHEAD_S = 0.5
"""How many seconds' worth of requests and tokens a worker asks for at once: more than pass between two reports."""


class LeasedBucket:
    """Requests or tokens granted by the coordinator; filled by `grant` alone."""

    def __init__(self, amount_per_minute: int) -> None:
        self._ahead = amount_per_minute / 60.0 * AHEAD_S
        self._level = 0.0
        self.first = 0.0

    def wait_s(self, amount: float) -> float:
        if self._level >= amount - 1e-9:
            return 0.0
        self.first = amount - self._level
        return RECHECK_S

    def take(self, amount: float) -> None:
        self._level -= amount
        if amount > 0:
            self.first = 0.0

    def grant(self, amount: float) -> None:
        """Add what the coordinator has granted."""
        self._level += amount

    def wanted(self, queued: float) -> float:
        """How much to ask for, where jobs of `queued` in all wait."""
        return max(self.first, min(queued - self._level, self._ahead), 0.0) if self.first else 0.0


@dataclass(slots=True, kw_only=True)
class LeasedEndpoint:
    """One endpoint of a worker. `in_work`: its jobs that were started and have not ended, in flight or not.

    `hold_until_s`, `pause_until_s`: monotonic readings of the waits that the coordinator knows of. Only longer ones are
    reported: a wait that went to and fro would grow by the time of each message.
    """

    limiter: RateLimiter
    clock: Clock
    requests: LeasedBucket | None
    tokens: LeasedBucket | None
    slots: int = 0
    in_work: int = 0
    hold_until_s: float = 0.0
    pause_until_s: float = 0.0
    is_stop_told: bool = False

    def is_pressing(self, *, has_work: bool) -> bool:
        """Whether to report soon: for slots or grants that it lacks, slots that it may return, or waits to tell of."""
        lacks = any(bucket is not None and bucket.first > 0 for bucket in (self.requests, self.tokens))
        is_over = self.limiter.in_flight > self.slots
        hold_s, pause_s = self._own_waits()
        is_stopped = self.limiter.breaker.stopped is not None and not self.is_stop_told
        return lacks or is_over or (has_work and self.slots == 0) or hold_s > 0 or pause_s > 0 or is_stopped

    def report(self, *, has_work: bool) -> EndpointReport:
        """What the worker holds of the endpoint and what it would use."""
        limiter, queued = self.limiter, max(1, self.in_work - self.limiter.in_flight)
        return EndpointReport(
            held=max(self.slots, limiter.in_flight),
            in_flight=limiter.in_flight,
            has_work=has_work,
            requests=0.0 if self.requests is None else self.requests.wanted(queued),
            tokens=0.0 if self.tokens is None else self.tokens.wanted(queued * self.tokens.first),
            next_tokens=0.0 if self.tokens is None else self.tokens.first,
            state=self._state(),
        )

    def _state(self) -> EndpointState:
        now, breaker = self.clock.monotonic(), self.limiter.breaker
        hold_s, pause_s = self._own_waits()
        self.hold_until_s = max(self.hold_until_s, now + hold_s)
        self.pause_until_s = max(self.pause_until_s, now + pause_s)
        self.is_stop_told = breaker.stopped is not None
        return EndpointState(
            hold_s=hold_s,
            pause_s=pause_s,
            pause_reason=breaker.pause_reason if pause_s > 0 else "",
            stopped=breaker.stopped,
        )

    def _own_waits(self) -> tuple[float, float]:
        """Seconds left of a hold and of a pause that the coordinator does not know of; 0 where it does."""
        now, hold_s, pause_s = self.clock.monotonic(), self.limiter.held_left_s, self.limiter.breaker.pause_left_s
        return (
            max(0.0, hold_s) if now + hold_s > self.hold_until_s + TICK_S else 0.0,
            max(0.0, pause_s) if now + pause_s > self.pause_until_s + TICK_S else 0.0,
        )

    def apply(self, share: EndpointShare) -> None:
        """Keep to a share from now on."""
        limiter, state, now = self.limiter, share.state, self.clock.monotonic()
        is_more = share.slots > self.slots or share.requests > 0 or share.tokens > 0
        for bucket, amount in ((self.requests, share.requests), (self.tokens, share.tokens)):
            if bucket is not None:
                bucket.grant(amount)
        if share.slots != self.slots:
            self.slots = share.slots
            limiter.set_share(share.slots)
        if share.is_paused != limiter.is_paused_by_hand:
            limiter.pause_by_hand(is_paused=share.is_paused)
        if state.hold_s > max(0.0, limiter.held_left_s):
            limiter.hold(state.hold_s)
            self.hold_until_s = now + limiter.held_left_s
        if state.pause_s > max(0.0, limiter.breaker.pause_left_s):
            limiter.breaker.pause(state.pause_s, state.pause_reason)
            self.pause_until_s = now + limiter.breaker.pause_left_s
        if state.stopped is not None and limiter.breaker.stopped is None:
            limiter.breaker.stop(state.stopped.why, resumes_at=state.stopped.resumes_at)
            is_more = True
        if is_more:
            limiter.on_change()
