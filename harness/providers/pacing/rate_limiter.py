"""How many requests an endpoint gets at once, and how fast: one limiter per endpoint, so that none slows another.

Concurrency adapts: it starts at the limit of providers.yaml, is halved by a refusal (429, 529, overload) and grows by
one per round of answers. A refusal also spaces the requests of the whole endpoint, wider with each round, narrower with
each answer, because many providers count refused requests too. New connections are opened at a steady pace. Requests
and tokens per minute are token buckets. Waits that the provider names hold back the whole endpoint. All durations are
monotonic; all waiting here is outside latencies. Whether the endpoint can serve at all: circuit_breaker.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from harness.core.clock import Clock
from harness.core.types import Attempt, Completion, EndpointLimits, Failure
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.circuit_breaker import REFUSALS, CircuitBreaker, CircuitOpen
from harness.providers.pacing.token_bucket import RateBuckets, TokenBucket, per_minute

RAMP_BURST = 16
RAMP_PER_S = 250.0
PLAIN_RAMP_PER_S = 2000.0
"""The pace at which concurrency is first opened: 1,000 connects at once would be in each other's latencies.

A connection takes 1.3 ms of CPU with TLS and 0.1 ms without: at these paces a third and a fifth of a core.
"""
TICK_S = 0.0001  # not worth a wait; a remainder of rounding would be waited for again and again
MAX_HEADER_WAIT_S = 60.0
"""Budgets in headers are per minute; a reset further away belongs to a longer window and shows as a refusal."""
FIRST_SPACING_S = 0.1
MAX_SPACING_S = 60.0
SPACING_DECAY = 0.9
MAX_DECAY_POWER = 3.0
"""Seconds between two requests after a first refusal; doubled by each further round, times the decay by each answer.

The decay is taken to the power of the spacing in seconds, at most 3: a server that refuses a share of its requests at
whatever pace (13% is where doubling and 0.9 cancel) would otherwise be slowed to one request a minute.
"""


@dataclass(slots=True, kw_only=True)
class Turn:
    """The right to send one request: `waits` for it in seconds by reason, and the tokens taken in advance.

    `started_s`: monotonic reading of when it was given. `is_probe`: it tries an endpoint that had failed.
    """

    waits: dict[str, float] = field(default_factory=dict)
    expected_tokens: int
    started_s: float = 0.0
    is_probe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the first in line waits for, and for how many seconds more; None: until something changes."""

    reason: str
    seconds: float | None = None


def ramp_per_s(base_url: str) -> float:
    """How fast concurrency is opened at an address."""
    return PLAIN_RAMP_PER_S if base_url.startswith("http://") else RAMP_PER_S


class _Passage(AbstractAsyncContextManager[Turn]):
    """One turn, from the wait for it to its end; a class, for a generator costs twice as much for each request."""

    __slots__ = ("_limiter", "_stop", "_turn")

    def __init__(self, limiter: RateLimiter, turn: Turn, stop: asyncio.Event | None) -> None:
        self._limiter = limiter
        self._turn = turn
        self._stop = stop

    async def __aenter__(self) -> Turn:
        if self._limiter.must_wait(self._turn, self._stop):
            await self._limiter.wait(self._turn, self._stop)
        self._limiter.enter(self._turn)
        return self._turn

    async def __aexit__(self, *_: object) -> None:
        self._limiter.leave(self._turn)


class RateLimiter:
    """Turns for one endpoint, in the order in which they were asked for."""

    def __init__(
        self,
        limits: EndpointLimits,
        clock: Clock,
        breaker: CircuitBreaker | None = None,
        buckets: RateBuckets | None = None,
        *,
        ramp_per_s: float = RAMP_PER_S,
    ) -> None:
        """`buckets`: where rates are shared with other processes; of this process alone unless given."""
        self.breaker = CircuitBreaker(clock) if breaker is None else breaker
        self._max_limit = limits.max_concurrency
        self._limit = float(self._max_limit)
        self._in_flight = 0
        self._peak = 0
        self._is_probing = False
        self._queue = asyncio.Lock()  # fair: the first in line waits for a turn, the others for the line
        self._in_line = 0
        self._changed = asyncio.Event()
        self._clock = clock
        self._ramp = TokenBucket(ramp_per_s, RAMP_BURST, clock)
        own = buckets or RateBuckets(
            requests=per_minute(limits.requests_per_minute, clock), tokens=per_minute(limits.tokens_per_minute, clock)
        )
        self._requests, self._tokens = own.requests, own.tokens
        now = clock.monotonic()
        self._held_until_s = now
        self._slowed_at_s: float | None = None
        self._spacing_s = 0.0
        self._last_start_s = now
        self._manual_limit: int | None = None
        self._share: int | None = None
        self._is_paused_by_hand = False
        self._first_in_line: Waiting | None = None

    @property
    def counts_tokens(self) -> bool:
        """Whether tokens per minute are limited."""
        return self._tokens is not None

    @property
    def limit(self) -> int:
        """Requests allowed in flight now."""
        if self._manual_limit is None and self._share is None:
            return int(self._limit)
        return min(int(limit) for limit in (self._limit, self._manual_limit, self._share) if limit is not None)

    @property
    def is_paused_by_hand(self) -> bool:
        """Whether a person holds the endpoint back."""
        return self._is_paused_by_hand

    @property
    def manual_limit(self) -> int | None:
        """The most requests in flight that a person allows; None: as many as the endpoint's own limit."""
        return self._manual_limit

    @property
    def in_flight(self) -> int:
        """Requests sent and not finished."""
        return self._in_flight

    @property
    def waiting(self) -> Waiting | None:
        """What holds the next request back, other than the answers in flight; None where nothing does."""
        return self._first_in_line if self._queue.locked() else None

    def pause_by_hand(self, *, is_paused: bool) -> None:
        """Send nothing more until this is called again with False."""
        self._is_paused_by_hand = is_paused
        self._changed.set()

    def set_limit(self, limit: int | None) -> None:
        """At most so many requests in flight from now on, never more than `max_concurrency`; None: as before."""
        self._manual_limit = limit
        self._changed.set()

    def set_share(self, share: int) -> None:
        """At most so many requests in flight in this process: its share of what the endpoint allows."""
        self._share = share
        self._changed.set()

    def on_change(self) -> None:
        """Have the first in line look again: a bucket was filled, or the breaker changed."""
        self._changed.set()

    @property
    def held_left_s(self) -> float:
        """Seconds until the reset that a provider has named; 0 or less where there is none."""
        return self._held_until_s - self._clock.monotonic()

    def on_lost_job(self, failure: Failure, *, was_paid: bool) -> None:
        """Take in a job that got no answer after all its attempts (circuit_breaker)."""
        self.breaker.on_lost_job(failure, was_paid=was_paid)
        self._changed.set()

    def acquire(self, expected_tokens: int, stop: asyncio.Event | None = None) -> AbstractAsyncContextManager[Turn]:
        """Wait for a turn; it is given back at the end of the block. Raises CircuitOpen once the endpoint is stopped.

        Once `stop` is set nobody waits any more: turns are given at once, for the caller to see that it must not send.
        """
        return _Passage(self, Turn(expected_tokens=expected_tokens), stop)

    def must_wait(self, turn: Turn, stop: asyncio.Event | None) -> bool:
        """Whether a turn has to be waited for. Raises CircuitOpen once the endpoint is stopped."""
        if self._in_line:
            return True
        return not _is_set(stop) and self._blocking_reason(turn.expected_tokens) is not None

    def enter(self, turn: Turn) -> None:
        """Take a turn that is free, until `leave` gives it back."""
        turn.started_s = self._last_start_s = self._clock.monotonic()
        turn.is_probe = self._enter(turn.expected_tokens)

    def leave(self, turn: Turn) -> None:
        """Give a turn back."""
        self._in_flight -= 1
        if turn.is_probe:
            self._is_probing = False
        self._changed.set()

    async def wait(self, turn: Turn, stop: asyncio.Event | None) -> None:
        """Wait in line until the turn is free; it must be entered at once."""
        asked = self._clock.monotonic()
        self._in_line += 1
        try:
            async with self._queue:
                turn.waits["queue"] = self._clock.monotonic() - asked
                await self._wait_in_front(turn, stop)
        finally:
            self._in_line -= 1

    async def _wait_in_front(self, turn: Turn, stop: asyncio.Event | None) -> None:
        try:
            while not _is_set(stop):
                waiting = self._blocking_reason(turn.expected_tokens)
                if waiting is None:
                    return
                self._first_in_line = waiting
                waited = await self._wait(waiting.seconds, stop)
                turn.waits[waiting.reason] = turn.waits.get(waiting.reason, 0.0) + waited
        finally:
            self._first_in_line = None

    def _blocking_reason(self, expected_tokens: int) -> Waiting | None:
        """What stands in the way of the first in line."""
        breaker = self.breaker
        if breaker.stopped is not None:
            raise CircuitOpen(breaker.stopped.why)
        if self._is_paused_by_hand:
            return Waiting(reason="paused")
        if self._in_flight >= self.limit:
            return Waiting(reason="queue")
        if self._is_probing:
            return Waiting(reason="probe")
        for reason, seconds in self._timed_reasons(expected_tokens):
            if seconds > TICK_S:
                return Waiting(reason=reason, seconds=seconds)
        return None

    def _timed_reasons(self, expected_tokens: int) -> list[tuple[str, float]]:
        now, breaker = self._clock.monotonic(), self.breaker
        found = [("pause", breaker.pause_left_s)]
        if breaker.probe_in_s is not None:
            found.append(("probe", breaker.probe_in_s))
        found += ("hold", self._held_until_s - now), ("pace", self._last_start_s + self._spacing_s - now)
        if self._requests is not None:
            found.append(("rate", self._requests.wait_s(1)))
        if self._tokens is not None:
            found.append(("rate", self._tokens.wait_s(expected_tokens)))
        if self._in_flight >= self._peak:
            found.append(("ramp", self._ramp.wait_s(1)))
        return found

    async def _wait(self, seconds: float | None, stop: asyncio.Event | None) -> float:
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

    def _enter(self, expected_tokens: int) -> bool:
        """Count a request as in flight; returns whether it is the one that tries a failing endpoint."""
        self._in_flight += 1
        if self._in_flight > self._peak:
            self._peak = self._in_flight
            self._ramp.take(1)
        if self._requests is not None:
            self._requests.take(1)
        if self._tokens is not None:
            self._tokens.take(expected_tokens)
        is_probe = self.breaker.probe_in_s is not None
        self._is_probing = self._is_probing or is_probe
        return is_probe

    def on_attempt(self, attempt: Attempt, turn: Turn) -> None:
        """Adapt to what an attempt showed; tokens taken in advance and not used go back to the minute's budget."""
        self._return_unused(attempt, turn.expected_tokens)
        if isinstance(attempt, Completion):
            self.breaker.on_answer(turn.started_s)
            self._limit = min(float(self._max_limit), self._limit + 1.0 / max(1.0, self._limit))
            self._spacing_s = self._narrowed_s()
        else:
            self.breaker.on_failure(attempt, turn.started_s)
            if attempt.kind in REFUSALS and attempt.is_retryable:
                self._slow_down(attempt, turn.started_s)
        self._changed.set()

    def _narrowed_s(self) -> float:
        if self._spacing_s <= 0.1 * FIRST_SPACING_S:
            return 0.0
        power: float = max(1.0, min(self._spacing_s, MAX_DECAY_POWER))
        return self._spacing_s * float(SPACING_DECAY**power)

    def _return_unused(self, attempt: Attempt, expected_tokens: int) -> None:
        if self._tokens is None:
            return
        if isinstance(attempt, Failure) and (attempt.kind in REFUSALS or not attempt.was_sent):
            self._tokens.take(-expected_tokens)  # nothing was generated
            return
        usage = attempt.usage
        if usage is not None and usage.prompt_tokens is not None and usage.completion_tokens is not None:
            self._tokens.take(-max(0, expected_tokens - usage.prompt_tokens - usage.completion_tokens))

    def on_rate_limit(self, info: RateLimitInfo) -> None:
        """Hold back until the reset that an answer's headers name, where they say that nothing is left."""
        for remaining, reset_s in (
            (info.remaining_requests, info.reset_requests_s),
            (info.remaining_tokens, info.reset_tokens_s),
        ):
            if remaining == 0 and reset_s is not None:
                self.hold(min(reset_s, MAX_HEADER_WAIT_S))

    def hold(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._held_until_s = max(self._held_until_s, self._clock.monotonic() + seconds)

    def _slow_down(self, refusal: Failure, started_s: float) -> None:
        """Once per round: requests that were in flight when the limit fell say nothing about the new one."""
        if refusal.retry_after_s is not None and self.breaker.stopped is None:
            self.hold(refusal.retry_after_s)
        if self._slowed_at_s is None or started_s > self._slowed_at_s:
            self._limit = max(1.0, min(self._limit, float(self._peak)) / 2)
            # a stated wait is the provider's own measure of how far to space requests (RFC 9110, section 10.2.3)
            widest_s = MAX_SPACING_S if refusal.retry_after_s is None else max(FIRST_SPACING_S, refusal.retry_after_s)
            self._spacing_s = min(MAX_SPACING_S, widest_s, max(FIRST_SPACING_S, 2 * self._spacing_s))
            self._slowed_at_s = self._clock.monotonic()


def _is_set(stop: asyncio.Event | None) -> bool:
    return stop is not None and stop.is_set()
