"""How many requests an endpoint gets at once, and how fast: one gate per endpoint, so that no endpoint slows another.

Concurrency adapts: it begins at the bound from providers.yaml, is halved on a push-back (429, 529, overload) and grows
by one per round of answers. New connections are opened at a steady pace, never as one burst. Requests and tokens per
minute are honoured by a steady drip; what the answers' headers say of the provider's own count, and a wait it asks for,
hold back the whole endpoint. One that gives only permanent failures for its first ten calls is closed with the reason.
All waiting here is outside latencies. Not here: the wait of a single job after its failure (retry).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from harness.core.clock import Clock
from harness.core.types import Attempt, Completion, EndpointLimits, Failure, FailureKind
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.retry import MAX_PROVIDER_WAIT_S

RATE_LIMIT_KINDS = frozenset({FailureKind.RATE_LIMITED, FailureKind.OVERLOADED})
PERMANENT_FAILURES = frozenset(
    {
        FailureKind.TLS,
        FailureKind.PAYMENT_REQUIRED,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.UNAUTHORIZED,
        FailureKind.NOT_FOUND,
        FailureKind.BAD_REQUEST,
        FailureKind.REDIRECTED,
        FailureKind.HARNESS_BUG,
    }
)
"""Permanent failures that the next sample would meet as well; a prompt too long or blocked says nothing of another."""
BREAKER_CALLS = 10
RAMP_BURST = 8
RAMP_PER_S = 100.0
"""The pace at which concurrency is first opened: 1,000 connects at once would be in each other's latencies."""
TICK_S = 0.0001  # not worth a wait; a remainder of rounding would be waited for again and again
MAX_HEADER_WAIT_S = 60.0
"""Budgets in headers are per minute; a reset further away belongs to a longer window and is left to the push-backs."""


class TokenBucket:
    """A budget that refills steadily, up to `burst`. It may be overdrawn by one taker; the next waits off the debt."""

    def __init__(self, per_s: float, burst: float, clock: Clock) -> None:
        self._rate = per_s
        self._burst = burst
        self._level = burst
        self._clock = clock
        self._at = clock.monotonic()

    def wait_s(self, amount: float) -> float:
        """Seconds until `amount` may be taken; what exceeds the burst may be taken once the budget is full."""
        self._refill()
        return max(0.0, (min(amount, self._burst) - self._level) / self._rate)

    def take(self, amount: float) -> None:
        """Take `amount`, without asking; a negative one is given back."""
        self._refill()
        self._level -= amount

    def _refill(self) -> None:
        now = self._clock.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now


class CircuitOpen(Exception):
    """The breaker has opened: this endpoint gives only permanent failures."""


class RateLimiter:
    """Turns for one endpoint, in the order they were asked for."""

    def __init__(self, limits: EndpointLimits, clock: Clock) -> None:
        self._bound = limits.max_concurrency
        self._limit = float(self._bound)
        self._in_flight = 0
        self._peak = 0
        self._door = asyncio.Lock()  # fair: the first in line waits for room and pace, the others for the line
        self._changed = asyncio.Event()
        self._clock = clock
        self._ramp = TokenBucket(RAMP_PER_S, RAMP_BURST, clock)
        self._requests = _per_minute(limits.requests_per_minute, clock)
        self._tokens = _per_minute(limits.tokens_per_minute, clock)
        self._held_until = clock.monotonic()
        self._halved_at: datetime | None = None
        self._answered = 0
        self._broken: Counter[FailureKind] = Counter()
        self.closed_why: str | None = None

    @property
    def limit(self) -> int:
        """Requests allowed at once just now."""
        return int(self._limit)

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return self._in_flight

    @asynccontextmanager
    async def acquire(self, expected_tokens: int, stop: asyncio.Event | None = None) -> AsyncIterator[dict[str, float]]:
        """Wait for a turn; yields the seconds waited, by reason. Raises EndpointClosed once the breaker is open.

        Once `stop` is set nobody waits any more: turns are given at once, for the caller to see that it must not send.
        """
        waits: dict[str, float] = {}
        asked = self._clock.monotonic()
        async with self._door:
            waits["queue"] = self._clock.monotonic() - asked
            while True:
                why, seconds = self._blocking_reason(expected_tokens)
                if why is None or (stop is not None and stop.is_set()):
                    break
                waits[why] = waits.get(why, 0.0) + await self._admit(seconds, stop)
            self._enter(expected_tokens)
        try:
            yield waits
        finally:
            self._in_flight -= 1
            self._changed.set()

    def _blocking_reason(self, expected_tokens: int) -> tuple[str | None, float | None]:
        """What stands in the way of the first in line, and for how many seconds; None: until something changes."""
        if self.closed_why is not None:
            raise CircuitOpen(self.closed_why)
        if self._in_flight >= self.limit:
            return "queue", None
        held = self._held_until - self._clock.monotonic()
        if held > TICK_S:
            return "hold", held
        rate = max(
            0.0 if self._requests is None else self._requests.wait_s(1),
            0.0 if self._tokens is None else self._tokens.wait_s(expected_tokens),
        )
        if rate > TICK_S:
            return "rate", rate
        if self._in_flight >= self._peak and (ramp := self._ramp.wait_s(1)) > TICK_S:
            return "ramp", ramp
        return None, None

    async def _admit(self, seconds: float | None, stop: asyncio.Event | None) -> float:
        """Wait so long, or until something changes or `stop` is set; returns the seconds it took."""
        start = self._clock.monotonic()
        self._changed.clear()
        waiters = [asyncio.ensure_future(event.wait()) for event in (self._changed, stop) if event is not None]
        try:
            await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
        return self._clock.monotonic() - start

    def _enter(self, expected_tokens: int) -> None:
        self._in_flight += 1
        if self._in_flight > self._peak:
            self._peak = self._in_flight
            self._ramp.take(1)
        if self._requests is not None:
            self._requests.take(1)
        if self._tokens is not None:
            self._tokens.take(expected_tokens)

    async def update_from_headers(self, attempt: Attempt, expected_tokens: int = 0) -> None:
        """Adapt to what an attempt showed; tokens expected for its turn but not used go back to the minute's budget."""
        self._release(attempt, expected_tokens)
        if isinstance(attempt, Completion):
            self._answered += 1
            self._limit = min(float(self._bound), self._limit + 1.0 / max(1.0, self._limit))
        elif attempt.kind in RATE_LIMIT_KINDS and attempt.is_retryable:
            self._back_off(attempt)
        elif attempt.kind in PERMANENT_FAILURES and not attempt.is_retryable:
            self._record_failure(attempt)
        self._changed.set()

    def _release(self, attempt: Attempt, expected_tokens: int) -> None:
        usage = attempt.usage
        if self._tokens is None or usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
            return
        self._tokens.take(-max(0, expected_tokens - usage.prompt_tokens - usage.completion_tokens))

    def on_rate_limit(self, reading: RateLimitInfo) -> None:
        """Hold back until the reset that an answer's headers name, where they say that nothing is left."""
        for remaining, reset_s in (
            (reading.remaining_requests, reading.reset_requests_s),
            (reading.remaining_tokens, reading.reset_tokens_s),
        ):
            if remaining == 0 and reset_s is not None:
                self._hold(min(reset_s, MAX_HEADER_WAIT_S))

    def _hold(self, seconds: float) -> None:
        self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    def _back_off(self, failure: Failure) -> None:
        """Halve once per round: requests that were under way when the limit fell say nothing about the new one."""
        if failure.retry_after_s is not None and failure.retry_after_s <= MAX_PROVIDER_WAIT_S:
            self._hold(failure.retry_after_s)
        if self._halved_at is None or failure.timing.started_at > self._halved_at:
            self._limit = max(1.0, min(self._limit, float(self._peak)) / 2)
            self._halved_at = self._clock.now()

    def _record_failure(self, failure: Failure) -> None:
        self._broken[failure.kind] += 1
        if self._answered == 0 and self._broken.total() >= BREAKER_CALLS and self.closed_why is None:
            kinds = ", ".join(f"{count} x {kind.value}" for kind, count in self._broken.most_common())
            self.closed_why = (
                f"stopped: its first {BREAKER_CALLS} calls all failed for good ({kinds}): {failure.message}"
            )


def _per_minute(amount: int | None, clock: Clock) -> TokenBucket | None:
    """A second's worth may leave at once, at least one request; the rest drips."""
    return None if amount is None else TokenBucket(amount / 60.0, max(1.0, amount / 60.0), clock)
