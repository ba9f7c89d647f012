"""How many requests an endpoint gets at once, and how fast: one gate per endpoint, so that no endpoint slows another.

Concurrency adapts: one more after each round of successes, halved on a push-back (429, 529, overload), never above the
bound from providers.yaml. Requests and tokens per minute are honoured by a steady drip, not by bursts. An endpoint that
gives only permanent failures for its first ten calls is closed with the reason. All waiting here is outside latencies.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from harness.core.clock import Clock
from harness.core.types import Attempt, Completion, Failure, FailureKind, Limits

PUSH_BACK = frozenset({FailureKind.RATE_LIMITED, FailureKind.OVERLOADED})
BREAKER_CALLS = 10
START_CONCURRENCY = 8


class Drip:
    """A budget per minute that refills steadily; taking more than is there waits."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._rate = per_minute / 60.0
        self._burst = max(1.0, per_minute / 60.0)
        self._level = self._burst
        self._clock = clock
        self._at = clock.monotonic()

    async def take(self, amount: float) -> None:
        """Take `amount` now and wait off the debt: later takers queue behind it."""
        now = self._clock.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        self._level -= amount
        if self._level < 0:
            await asyncio.sleep(-self._level / self._rate)


class EndpointClosed(Exception):
    """The breaker has opened: this endpoint gives only permanent failures."""


class Gate:
    """Turns for one endpoint."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._bound = limits.max_concurrency
        self._limit = float(min(self._bound, START_CONCURRENCY))
        self._in_flight = 0
        self._room = asyncio.Condition()
        self._requests = None if limits.requests_per_minute is None else Drip(limits.requests_per_minute, clock)
        self._tokens = None if limits.tokens_per_minute is None else Drip(limits.tokens_per_minute, clock)
        self._clock = clock
        self._halved_at: datetime | None = None
        self._answered = 0
        self._permanent: Counter[FailureKind] = Counter()
        self._last_message = ""
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
    async def turn(self, expected_tokens: int) -> AsyncIterator[None]:
        """Wait for a turn. Raises EndpointClosed once the breaker is open."""
        async with self._room:
            await self._room.wait_for(lambda: self._in_flight < self.limit or self.closed_why is not None)
            if self.closed_why is not None:
                raise EndpointClosed(self.closed_why)
            self._in_flight += 1
        try:
            if self._requests is not None:
                await self._requests.take(1)
            if self._tokens is not None:
                await self._tokens.take(expected_tokens)
            yield
        finally:
            async with self._room:
                self._in_flight -= 1
                self._room.notify_all()

    async def learn(self, attempt: Attempt) -> None:
        """Adapt to what an attempt showed."""
        async with self._room:
            if isinstance(attempt, Completion):
                self._answered += 1
                self._limit = min(float(self._bound), self._limit + 1.0 / max(1.0, self._limit))
            elif attempt.kind in PUSH_BACK:
                self._back_off(attempt)
            elif not attempt.is_retryable:
                self._note_permanent(attempt)
            self._room.notify_all()

    def _back_off(self, failure: Failure) -> None:
        """Halve once per round: requests that were under way when the limit fell say nothing about the new one."""
        if self._halved_at is None or failure.timing.started_at > self._halved_at:
            self._limit = max(1.0, self._limit / 2)
            self._halved_at = self._clock.now()

    def _note_permanent(self, failure: Failure) -> None:
        self._permanent[failure.kind] += 1
        self._last_message = failure.message
        if self._answered == 0 and self._permanent.total() >= BREAKER_CALLS and self.closed_why is None:
            kinds = ", ".join(f"{count} x {kind.value}" for kind, count in self._permanent.most_common())
            self.closed_why = (
                f"stopped: its first {BREAKER_CALLS} calls all failed for good ({kinds}): {self._last_message}"
            )
