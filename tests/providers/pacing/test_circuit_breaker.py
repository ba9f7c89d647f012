"""Whether an endpoint can serve: confirmed causes, named waits, jobs in a row without an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from harness.core.clock import Clock
from harness.core.types import Failure, FailureKind, Timing
from harness.providers.pacing.circuit_breaker import CircuitBreaker
from tests.cases import all_cases
from tests.virtual_time import EPOCH, VirtualLoop, in_virtual_time

K = FailureKind
T = 0.0  # the virtual loop's first reading


def failure(kind: FailureKind, *, wait_s: float | None = None, retryable: bool = False) -> Failure:
    timing = Timing(started_at=EPOCH, waited_s=0, total_s=0)
    return Failure(kind=kind, message=f"said {kind.value}", is_retryable=retryable, timing=timing, retry_after_s=wait_s)


def breaker_after(scene: Callable[[CircuitBreaker, VirtualLoop], None], *, max_wait_s: float = 300.0) -> CircuitBreaker:
    async def run(loop: VirtualLoop, clock: Clock) -> CircuitBreaker:
        breaker = CircuitBreaker(clock, max_wait_s=max_wait_s)
        scene(breaker, loop)
        return breaker

    return in_virtual_time(run)


def why(breaker: CircuitBreaker) -> str | None:
    return None if breaker.stopped is None else breaker.stopped.why


@all_cases("kind", [K.PAYMENT_REQUIRED, K.QUOTA_EXHAUSTED, K.UNAUTHORIZED, K.NOT_FOUND, K.TLS, K.REDIRECTED])
def test_cause_of_the_endpoint_is_confirmed_by_two_single_requests_and_stops_it(kind: FailureKind) -> None:
    seen: list[tuple[str | None, float | None]] = []

    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        for _ in range(20):  # all were in flight when the money ran out
            breaker.on_failure(failure(kind), T)
        seen.append((why(breaker), breaker.probe_in_s))
        loop.advance(1)
        breaker.on_failure(failure(kind), T + 1)
        seen.append((why(breaker), breaker.probe_in_s))
        loop.advance(3)
        breaker.on_failure(failure(kind), T + 4)

    assert why(breaker_after(scene)) == f"{kind.value}: said {kind.value}"
    assert seen == [(None, 1.0), (None, 3.0)]


def test_answer_to_a_request_sent_after_the_doubt_ends_it_and_an_older_one_does_not() -> None:
    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        breaker.on_failure(failure(K.UNAUTHORIZED), T)
        loop.advance(2)
        breaker.on_answer(T)  # a long answer, begun before the key was revoked
        assert breaker.probe_in_s is not None
        breaker.on_answer(T + 1.5)
        assert breaker.probe_in_s is None
        breaker.on_failure(failure(K.UNAUTHORIZED), T + 2)
        assert breaker.probe_in_s == 1.0  # counted from the start

    assert breaker_after(scene).stopped is None


@all_cases(
    ("kind", "wait_s", "pause_s", "resumes_in_s"),
    [
        (K.RATE_LIMITED, 20.0, 0.0, None),  # ordinary rate limiting
        (K.RATE_LIMITED, 200.0, 200.0, None),
        (K.QUOTA_EXHAUSTED, 200.0, 200.0, None),
        (K.RATE_LIMITED, 40000.0, 0.0, 40000.0),
        (K.OVERLOADED, 3600.0, 0.0, 3600.0),
        (K.SERVER_ERROR, 3600.0, 0.0, 3600.0),
        (K.QUOTA_EXHAUSTED, 3600.0, 0.0, 3600.0),
    ],
)
def test_wait_that_is_named_pauses_and_a_longer_one_stops(
    kind: FailureKind, wait_s: float, pause_s: float, resumes_in_s: float | None
) -> None:
    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        breaker.on_failure(failure(kind, wait_s=wait_s, retryable=kind is not K.QUOTA_EXHAUSTED), T)
        assert max(0.0, breaker.pause_left_s) == pause_s

    stopped = breaker_after(scene).stopped
    if resumes_in_s is None:
        assert stopped is None
    else:
        assert stopped is not None
        assert "above --max-wait" in stopped.why
        assert stopped.resumes_at == EPOCH + timedelta(seconds=resumes_in_s)


def test_refusals_alone_stop_an_endpoint_once_they_last_longer_than_the_longest_wait() -> None:
    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        for _ in range(30):
            breaker.on_failure(failure(K.RATE_LIMITED, wait_s=1.0, retryable=True), loop.time())
            loop.advance(10)
        assert breaker.stopped is None
        breaker.on_answer(loop.time())
        for _ in range(32):
            breaker.on_failure(failure(K.RATE_LIMITED, retryable=True), loop.time())
            loop.advance(10)

    # the 32nd refusal comes 310 s after the first since the answer
    assert why(breaker_after(scene)) == "it refused every request for 5 min 10 s (rate_limited: said rate_limited)"


@pytest.mark.parametrize(("was_paid", "jobs"), [(False, 5), (True, 3)])
def test_jobs_in_a_row_without_an_answer_stop_an_endpoint(was_paid: bool, jobs: int) -> None:
    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        for _ in range(jobs - 1):
            breaker.on_lost_job(failure(K.SERVER_ERROR, retryable=True), was_paid=was_paid)
        breaker.on_answer(loop.time())
        for _ in range(jobs):
            assert breaker.stopped is None
            breaker.on_lost_job(failure(K.SERVER_ERROR, retryable=True), was_paid=was_paid)

    said = f"{jobs} jobs in a row got no answer after all their attempts (server_error): said server_error"
    assert why(breaker_after(scene)) == said


@all_cases(
    ("kinds", "stops"),
    [
        ([K.BAD_REQUEST] * 10, True),
        ([K.BAD_REQUEST] * 9, False),
        ([K.BAD_REQUEST] * 5 + [K.HARNESS_BUG] * 5, True),
        ([None] + [K.BAD_REQUEST] * 20, False),
        ([K.CONTEXT_LENGTH_EXCEEDED] * 20, False),
        ([K.CONTENT_FILTERED] * 20, False),
    ],
)
def test_first_calls_that_all_fail_for_good_stop_an_endpoint(kinds: list[FailureKind | None], stops: bool) -> None:
    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        for kind in kinds:
            if kind is None:
                breaker.on_answer(loop.time())
            else:
                breaker.on_failure(failure(kind), loop.time())

    stopped = breaker_after(scene).stopped
    assert (stopped is not None) is stops
    if stopped is not None:
        assert stopped.why.startswith("its first 10 calls all failed for good (")


def test_every_change_of_state_is_told() -> None:
    told: list[str] = []

    def scene(breaker: CircuitBreaker, loop: VirtualLoop) -> None:
        breaker.on_change = lambda: told.append("changed")
        breaker.pause(60.0, "why")
        breaker.pause(30.0, "a shorter one changes nothing")
        breaker.stop("why")
        breaker.stop("the first reason stands")

    assert why(breaker_after(scene)) == "why"
    assert told == ["changed"] * 2
