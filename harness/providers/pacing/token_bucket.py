"""A budget that refills steadily: requests or tokens per minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.core.clock import Clock


class Bucket(Protocol):
    """An amount that may be taken now and refills by itself."""

    def wait_s(self, amount: float) -> float:
        """Seconds until `amount` may be taken."""
        ...

    def take(self, amount: float) -> None:
        """Take `amount`, without asking; a negative one is given back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBuckets:
    """The requests and the tokens per minute of an endpoint; None: no such limit."""

    requests: Bucket | None
    tokens: Bucket | None


class TokenBucket:
    """Refills at `per_s` up to `burst`. One taker may overdraw it; the next waits until the debt is refilled."""

    def __init__(self, per_s: float, burst: float, clock: Clock) -> None:
        self._rate = per_s
        self._burst = burst
        self._level = burst
        self._clock = clock
        self._at = clock.monotonic()

    def wait_s(self, amount: float) -> float:
        """Seconds until `amount` may be taken; more than the burst may be taken once the bucket is full."""
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


def per_minute(amount: int | None, clock: Clock) -> TokenBucket | None:
    """A bucket of so much a minute, None for no limit. A second's worth may leave at once, at least one request."""
    return None if amount is None else TokenBucket(amount / 60.0, max(1.0, amount / 60.0), clock)
