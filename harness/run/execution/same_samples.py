"""Keeps the models of a run on the same samples while one of them cannot be asked.

Once an endpoint is stopped, the other models do not start positions (one sample, one repeat) that are still open there:
dollars would go into answers that nothing can be compared with. While it is paused, they wait. A budget that runs short
is shared in the same way by budget_guard.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from harness.providers.pacing.rate_limiter import RateLimiter

RECHECK_S = 1.0
"""How soon a request in flight at a stopped endpoint is looked at again: what ends it is not always told."""


class _State(Enum):
    """What is known of a position at another endpoint."""

    COMING = "done, or the endpoint is in service and will get there"
    IN_FLIGHT = "its request may still bring an answer"
    PAUSED = "open, and the endpoint serves again before long"
    OPEN = "open, and nothing more is sent in this session"


@dataclass(slots=True, kw_only=True)
class SameSamples:
    """How far each endpoint has come in the order of positions, by label; one per session.

    `is_done`: whether an endpoint's job at a position was done in an earlier session. `keep_going`: nobody waits for
    anybody.
    """

    limiters: Mapping[str, RateLimiter]
    stop: asyncio.Event
    is_done: Callable[[str, int], bool]
    keep_going: bool = False
    _reached: dict[str, int] = field(default_factory=dict)
    _in_work: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _left_open: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def on_passed(self, label: str, position: int) -> None:
        """Note that an endpoint has no job to start up to and including this position."""
        self._reached[label] = position + 1

    def on_started(self, label: str, position: int) -> None:
        """Note that an endpoint's job at a position is in work."""
        self.on_passed(label, position)
        self._in_work[label].add(position)

    def on_ended(self, label: str, position: int, *, is_final: bool) -> None:
        """Note that a job has ended; not `is_final`: it stays open."""
        self._in_work[label].discard(position)
        if not is_final:
            self._left_open[label].add(position)
        self.on_change()

    def on_change(self) -> None:
        """Have all who wait look again: an endpoint was paused or stopped, or serves again."""
        self._changed.set()

    async def may_start(self, label: str, position: int) -> bool:
        """Whether an endpoint may start a position; waits while another one that has it open is paused."""
        while (decided := self.try_start(label, position)) is None:
            states = self._others(label, position)
            pauses = [self.limiters[other].breaker.pause_left_s for other in states if states[other] is _State.PAUSED]
            await self._wait(max(pauses, default=RECHECK_S))
        return decided

    def try_start(self, label: str, position: int) -> bool | None:
        """What `may_start` decides, without waiting; None while another endpoint may still do the position."""
        if self.keep_going or self.stop.is_set() or len(self.limiters) == 1:
            return True
        states = self._others(label, position).values()
        if _State.OPEN in states:
            return False
        return None if _State.PAUSED in states or _State.IN_FLIGHT in states else True

    def _others(self, label: str, position: int) -> dict[str, _State]:
        return {other: self._state(other, position) for other in self.limiters if other != label}

    def _state(self, label: str, position: int) -> _State:
        limiter = self.limiters[label]
        is_stopped = limiter.breaker.stopped is not None
        if not is_stopped and limiter.breaker.pause_left_s <= 0:
            return _State.COMING
        is_in_work = position in self._in_work[label]
        if position < self._reached.get(label, 0):
            is_open = is_in_work or position in self._left_open[label]
        else:
            is_open = not self.is_done(label, position)
        if not is_open:
            return _State.COMING
        if not is_stopped:
            return _State.PAUSED
        return _State.IN_FLIGHT if is_in_work and limiter.in_flight else _State.OPEN

    async def _wait(self, seconds: float) -> None:
        self._changed.clear()
        waiters = [asyncio.ensure_future(event.wait()) for event in (self._changed, self.stop)]
        try:
            await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
