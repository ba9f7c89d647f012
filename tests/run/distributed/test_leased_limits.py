"""A worker's side of an endpoint's shared limits."""

from __future__ import annotations

from harness.core.types import EndpointLimits
from harness.providers.pacing.circuit_breaker import Stopped
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.pacing.token_bucket import RateBuckets
from harness.run.distributed.leased_limits import LeasedBucket, LeasedEndpoint
from harness.run.distributed.messages import EndpointShare, EndpointState
from tests.run.distributed.test_shared_limits import Time


def leased(time: Time, requests: LeasedBucket | None = None) -> LeasedEndpoint:
    buckets = RateBuckets(requests=requests, tokens=None)
    limiter = RateLimiter(EndpointLimits(max_concurrency=8), time.clock, buckets=buckets)
    return LeasedEndpoint(limiter=limiter, clock=time.clock, requests=requests, tokens=None)


def share(state: EndpointState | None = None, *, slots: int = 4, requests: float = 0.0) -> EndpointShare:
    return EndpointShare(
        slots=slots, requests=requests, tokens=0.0, is_paused=False, state=EndpointState() if state is None else state
    )


def test_a_wait_of_its_own_is_reported_once_and_a_wait_it_was_told_of_never() -> None:
    """A wait that went to and fro would grow by the time of each message."""
    time = Time(at_s=100.0)
    endpoint = leased(time)
    endpoint.limiter.hold(5.0)
    assert endpoint.report(has_work=True).state.hold_s == 5.0
    time.at_s += 0.5
    assert endpoint.report(has_work=True).state.hold_s == 0.0

    endpoint.apply(share(EndpointState(hold_s=9.0, pause_s=60.0, pause_reason="busy")))
    assert (endpoint.limiter.held_left_s, endpoint.limiter.breaker.pause_left_s) == (9.0, 60.0)
    assert endpoint.report(has_work=True).state == EndpointState()


def test_a_worker_reports_soon_what_others_wait_for_or_what_it_lacks() -> None:
    time = Time(at_s=100.0)
    bucket = LeasedBucket(600)
    endpoint = leased(time, bucket)
    assert endpoint.is_pressing(has_work=True)  # no slot yet
    endpoint.apply(share(slots=4))
    assert not endpoint.is_pressing(has_work=True)
    bucket.wait_s(1)  # nothing was granted
    assert endpoint.is_pressing(has_work=True)
    endpoint.apply(share(requests=5.0))
    bucket.take(1)
    assert not endpoint.is_pressing(has_work=True)
    endpoint.limiter.hold(5.0)
    assert endpoint.is_pressing(has_work=True)
    endpoint.report(has_work=True)
    assert not endpoint.is_pressing(has_work=True)
    endpoint.limiter.breaker.stop("no money")
    assert endpoint.is_pressing(has_work=True)
    endpoint.report(has_work=True)
    assert not endpoint.is_pressing(has_work=True)


def test_a_stop_elsewhere_stops_the_endpoint_here() -> None:
    endpoint = leased(Time())
    endpoint.apply(share(EndpointState(stopped=Stopped(why="no money"))))
    assert endpoint.limiter.breaker.stopped == Stopped(why="no money")


def test_the_limiter_allows_what_the_share_names() -> None:
    endpoint = leased(Time())
    endpoint.apply(share(slots=3))
    assert endpoint.limiter.limit == 3
    endpoint.apply(share(slots=0))
    assert endpoint.limiter.limit == 0
    assert endpoint.report(has_work=False).held == 0


def test_an_empty_bucket_asks_for_what_waits_but_for_no_more_than_half_a_second() -> None:
    bucket = LeasedBucket(2400)  # 40 a second
    assert bucket.wanted(100.0) == 0.0  # nobody has waited
    assert bucket.wait_s(1) > 0
    assert bucket.wanted(3.0) == 3.0
    assert bucket.wanted(100.0) == 20.0  # 40 x 0.5 s
    bucket.grant(20.0)
    assert bucket.wait_s(1) == 0.0
    bucket.take(1)
    assert bucket.wanted(100.0) == 0.0
