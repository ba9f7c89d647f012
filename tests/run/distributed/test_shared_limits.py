"""One endpoint's limits, leased to several workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from harness.core.clock import Clock
from harness.core.types import EndpointLimits
from harness.providers.pacing.circuit_breaker import Stopped
from harness.run.distributed.messages import EndpointReport, EndpointState
from harness.run.distributed.shared_limits import TURN_S, SharedEndpoint


@dataclass
class Time:
    """A clock that is set by hand."""

    at_s: float = 0.0
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(now=lambda: datetime(2026, 1, 1, tzinfo=UTC), monotonic=lambda: self.at_s)


def report(held: int = 0, in_flight: int = 0, **changes: object) -> EndpointReport:
    values: dict[str, object] = {
        "held": held,
        "in_flight": in_flight,
        "has_work": True,
        "requests": 0.0,
        "tokens": 0.0,
        "next_tokens": 0.0,
        "state": EndpointState(),
        **changes,
    }
    return EndpointReport(**values)  # type: ignore[arg-type]


def shared(**limits: int) -> tuple[SharedEndpoint, Time]:
    time = Time()
    return SharedEndpoint(limits=EndpointLimits(**limits), clock=time.clock), time


def test_slots_are_given_to_a_second_worker_only_once_the_first_holds_fewer() -> None:
    endpoint, _ = shared(max_concurrency=10)
    assert endpoint.share(1, report()).slots == 10  # alone, it has all
    assert endpoint.share(2, report()).slots == 0  # all ten may be in flight at the first
    assert endpoint.share(1, report(held=10, in_flight=8)).slots == 5  # its fair part of two
    assert endpoint.share(2, report()).slots == 2  # eight are still in flight there
    assert endpoint.share(1, report(held=5, in_flight=5)).slots == 5
    assert endpoint.share(2, report(held=2)).slots == 5


@given(
    steps=st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.floats(0, 1)), max_size=60), limit=st.integers(1, 9)
)
def test_workers_never_hold_more_slots_than_the_limit(steps: list[tuple[int, bool, float]], limit: int) -> None:
    endpoint, time = shared(max_concurrency=limit)
    slots, in_flight = dict.fromkeys(range(4), 0), dict.fromkeys(range(4), 0)
    for worker, has_work, part in steps:
        time.at_s += 0.4
        in_flight[worker] = min(slots[worker], round(part * limit)) if part else in_flight[worker]
        held = max(slots[worker], in_flight[worker])
        slots[worker] = endpoint.share(worker, report(held, in_flight[worker], has_work=has_work)).slots
        assert sum(max(slots[one], in_flight[one]) for one in slots) <= limit


def test_one_slot_goes_round() -> None:
    endpoint, time = shared(max_concurrency=1)
    slots = {1: 0, 2: 0}
    had: set[int] = set()
    for _ in range(8):
        for worker in (1, 2):
            slots[worker] = endpoint.share(worker, report(held=slots[worker])).slots
            had |= {worker} if slots[worker] else set()
        time.at_s += TURN_S / 2
    assert had == {1, 2}


def test_slots_of_a_worker_that_has_ended_return() -> None:
    endpoint, _ = shared(max_concurrency=6)
    endpoint.share(1, report())
    assert endpoint.share(2, report()).slots == 0
    endpoint.release(1)
    assert endpoint.share(2, report()).slots == 6


def test_two_workers_get_no_more_requests_a_minute_than_one_would() -> None:
    endpoint, time = shared(max_concurrency=100, requests_per_minute=600)
    granted = 0.0
    for _ in range(600):  # one minute, in steps of 0.1 s
        for worker in (1, 2):
            granted += endpoint.share(worker, report(requests=5.0)).requests
        time.at_s += 0.1
    assert 600 <= granted <= 610  # ten a second, and the second's worth that may leave at once


def test_a_request_larger_than_a_second_of_tokens_is_granted_once_the_bucket_is_full() -> None:
    endpoint, time = shared(max_concurrency=4, tokens_per_minute=6000)  # 100 a second
    wanted = report(tokens=500.0, next_tokens=500.0)
    assert endpoint.share(1, wanted).tokens == 500.0
    time.at_s = 4.0
    assert endpoint.share(1, wanted).tokens == 0.0  # 400 of the debt of 400 are back, and nothing on top
    time.at_s = 5.0
    assert endpoint.share(1, wanted).tokens == 500.0


def test_a_wait_and_a_stop_that_one_worker_met_hold_for_all() -> None:
    endpoint, time = shared(max_concurrency=4)
    endpoint.share(1, report(state=EndpointState(hold_s=5.0, pause_s=40.0, pause_reason="busy")))
    time.at_s = 2.0
    state = endpoint.share(2, report()).state
    assert (state.hold_s, state.pause_s, state.pause_reason, state.stopped) == (3.0, 38.0, "busy", None)

    endpoint.share(2, report(state=EndpointState(stopped=Stopped(why="no money"))))
    assert endpoint.share(1, report()).state.stopped == Stopped(why="no money")


def test_a_limit_by_hand_holds_for_all_together() -> None:
    endpoint, _ = shared(max_concurrency=10)
    endpoint.manual_limit = 3
    first = endpoint.share(1, report()).slots
    assert first == 3
    endpoint.share(2, report())
    assert endpoint.share(1, report(held=3)).slots + endpoint.share(2, report()).slots == 3
