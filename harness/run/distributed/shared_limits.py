"""What an endpoint allows, shared by several workers: requests in flight, requests and tokens per minute, and waits.

Each worker holds a lease of slots; the leases of all never exceed the limit, because a slot is given only once nobody
else holds it. A lost worker's slots return. Rates are granted in small amounts from one bucket: what a lost worker was
granted and did not send counts as sent, for nobody can tell, and the bucket refills within a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.core.clock import Clock
from harness.core.types import EndpointLimits
from harness.providers.pacing.circuit_breaker import Stopped
from harness.providers.pacing.token_bucket import TokenBucket, per_minute
from harness.run.distributed.messages import EndpointReport, EndpointShare, EndpointState

TURN_S = 2.0
"""Where there are fewer slots than workers, how long each worker has one before the next worker's turn."""


@dataclass(slots=True, kw_only=True)
class _Lease:
    """What one worker holds of an endpoint."""

    slots: int = 0
    in_flight: int = 0
    has_work: bool = False


@dataclass(slots=True, kw_only=True)
class SharedEndpoint:
    """One endpoint's limits. `manual_limit` and `is_paused`: by `harness control`."""

    limits: EndpointLimits
    clock: Clock
    manual_limit: int | None = None
    is_paused: bool = False
    _leases: dict[int, _Lease] = field(default_factory=dict)
    _requests: TokenBucket | None = field(init=False)
    _tokens: TokenBucket | None = field(init=False)
    _hold_until_s: float = 0.0
    _pause_until_s: float = 0.0
    _pause_reason: str = ""
    _stopped: Stopped | None = None

    def __post_init__(self) -> None:
        self._requests = per_minute(self.limits.requests_per_minute, self.clock)
        self._tokens = per_minute(self.limits.tokens_per_minute, self.clock)
        self._hold_until_s = self._pause_until_s = self.clock.monotonic()

    @property
    def in_flight(self) -> int:
        """Requests in flight at all workers, by their last reports."""
        return sum(lease.in_flight for lease in self._leases.values())

    @property
    def limit(self) -> int:
        """Requests allowed in flight at all workers together."""
        allowed = self.limits.max_concurrency
        return allowed if self.manual_limit is None else min(allowed, self.manual_limit)

    @property
    def state(self) -> EndpointState:
        """What holds the endpoint back."""
        now = self.clock.monotonic()
        return EndpointState(
            hold_s=max(0.0, self._hold_until_s - now),
            pause_s=max(0.0, self._pause_until_s - now),
            pause_reason=self._pause_reason,
            stopped=self._stopped,
        )

    @property
    def waits(self) -> tuple[object, ...]:
        """What holds the endpoint back, as instants: equal until something new does."""
        return self._hold_until_s, self._pause_until_s, self._stopped

    def share(self, worker: int, report: EndpointReport) -> EndpointShare:
        """Take in what a worker holds and wants, and say what it may use from now on."""
        lease = self._leases.setdefault(worker, _Lease())
        lease.slots, lease.in_flight, lease.has_work = report.held, report.in_flight, report.has_work
        self._merge(report.state)
        free = self.limit - sum(one.slots for number, one in self._leases.items() if number != worker)
        slots = max(0, min(self._fair_slots(worker), free))
        lease.slots = max(slots, report.in_flight)  # what is in flight above the new share still occupies the endpoint
        requests = _granted(self._requests, report.requests, min(1.0, report.requests))
        return EndpointShare(
            slots=slots,
            requests=requests,
            tokens=_granted(self._tokens, report.tokens, report.next_tokens),
            is_paused=self.is_paused,
            state=self.state,
        )

    def release(self, worker: int) -> None:
        """Take back what a worker holds that has ended."""
        self._leases.pop(worker, None)

    def _fair_slots(self, worker: int) -> int:
        """An equal part for each worker that has work; where there are fewer slots than workers, they take turns."""
        workers = sorted(number for number, one in self._leases.items() if one.has_work)
        if worker not in workers:
            return 0
        each, rest = divmod(self.limit, len(workers))
        turn = int(self.clock.monotonic() / TURN_S) if each == 0 else 0
        return each + ((workers.index(worker) - turn) % len(workers) < rest)

    def _merge(self, state: EndpointState) -> None:
        now = self.clock.monotonic()
        if state.hold_s > 0:
            self._hold_until_s = max(self._hold_until_s, now + state.hold_s)
        if state.pause_s > 0 and now + state.pause_s > self._pause_until_s:
            self._pause_until_s, self._pause_reason = now + state.pause_s, state.pause_reason
        self._stopped = self._stopped or state.stopped


def _granted(bucket: TokenBucket | None, wanted: float, first: float) -> float:
    """What a bucket gives: all that is wanted, else enough for the first in line, else nothing."""
    if bucket is None or wanted <= 0:
        return 0.0
    amount = next((amount for amount in (wanted, first) if amount > 0 and bucket.wait_s(amount) <= 0), 0.0)
    bucket.take(amount)
    return amount
