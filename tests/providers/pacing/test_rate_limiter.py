"""Turns at an endpoint: how many at once, how fast, and when no more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from harness.core.clock import Clock
from harness.core.types import Completion, EndpointLimits, Failure, FailureKind, FinishReason, Timing, Usage
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.circuit_breaker import CircuitOpen
from harness.providers.pacing.rate_limiter import RateLimiter, Turn, Waiting, ramp_per_s
from tests.cases import all_cases
from tests.virtual_time import VirtualLoop, in_virtual_time

K = FailureKind


def answered(clock: Clock, tokens: int = 0) -> Completion:
    usage = Usage(prompt_tokens=0, completion_tokens=tokens)
    timing = Timing(started_at=clock.now(), waited_s=0, total_s=1)
    return Completion(text="42", reasoning="", finish_reason=FinishReason.STOP, timing=timing, usage=usage)


def failed(clock: Clock, kind: FailureKind, *, retry_after_s: float | None = None, may_retry: bool = True) -> Failure:
    timing = Timing(started_at=clock.now(), waited_s=0, total_s=0)
    return Failure(
        kind=kind, message=f"said {kind.value}", is_retryable=may_retry, timing=timing, retry_after_s=retry_after_s
    )


async def work(limiter: RateLimiter, seconds: float, begun: list[float], tokens: int = 0) -> dict[str, float]:
    async with limiter.acquire(tokens) as turn:
        begun.append(asyncio.get_running_loop().time())
        await asyncio.sleep(seconds)
    return turn.waits


def now(clock: Clock, tokens: int = 0) -> Turn:
    """A turn that was given just now."""
    return Turn(expected_tokens=tokens, started_s=clock.monotonic())


def begun_at(limits: EndpointLimits, count: int, seconds: float, tokens: int = 0) -> Sequence[float]:
    """When `count` turns of so many seconds begin."""

    async def scene(loop: VirtualLoop, clock: Clock) -> list[float]:
        limiter = RateLimiter(limits, clock)
        begun: list[float] = []
        await asyncio.gather(*(work(limiter, seconds, begun, tokens) for _ in range(count)))
        assert limiter.in_flight == 0
        return begun

    return in_virtual_time(scene)


def test_never_more_at_once_than_the_bound() -> None:
    # three at a time, ten seconds each: three at 0, three at 10, one at 20
    assert begun_at(EndpointLimits(max_concurrency=3), 7, 10.0) == pytest.approx([0, 0, 0, 10, 10, 10, 20], abs=0.01)


def test_concurrency_is_opened_at_a_steady_pace() -> None:
    begun = begun_at(EndpointLimits(max_concurrency=1000), 516, 60.0)
    # 16 at once, then 250 a second: the 516th two seconds later
    assert begun[:16] == [0] * 16
    assert begun[266 - 1] == pytest.approx(1.0, abs=0.02)
    assert begun[-1] == pytest.approx(2.0, abs=0.02)


def test_turns_once_opened_are_not_paced_again() -> None:
    begun = begun_at(EndpointLimits(max_concurrency=50), 100, 10.0)
    assert begun[49] == pytest.approx(0.136, abs=0.02)  # (50 - 16) / 250
    assert [later - first for first, later in zip(begun[:50], begun[50:], strict=True)] == pytest.approx([10.0] * 50)


@pytest.mark.parametrize(
    ("per_minute", "starts"),
    [
        (60, [0, 1, 2, 3, 4]),
        (6, [0, 10, 20, 30, 40]),
        (120, [0, 0, 0.5, 1.0, 1.5]),  # two seconds' worth is one second's burst of two
    ],
)
def test_requests_per_minute_refill(per_minute: int, starts: list[float]) -> None:
    limits = EndpointLimits(max_concurrency=100, requests_per_minute=per_minute)
    assert begun_at(limits, 5, 0.1) == pytest.approx(starts, abs=0.01)


def test_tokens_per_minute_refill() -> None:
    # 6000 a minute are 100 a second; a turn of 500 goes when 100 are there, and leaves a debt of 400: 5 s for the next
    limits = EndpointLimits(max_concurrency=100, tokens_per_minute=6000)
    assert begun_at(limits, 4, 0.1, tokens=500) == pytest.approx([0, 5, 10, 15], abs=0.01)


def test_tokens_expected_and_not_used_are_given_back() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[float]:
        limiter = RateLimiter(EndpointLimits(max_concurrency=1, tokens_per_minute=6000), clock)
        begun: list[float] = []
        for _ in range(3):
            await work(limiter, 0.0, begun, tokens=500)
            limiter.on_attempt(answered(clock, tokens=100), now(clock, 500))
        return begun

    # each turn really used 100 of the 100 a second
    assert in_virtual_time(scene) == pytest.approx([0, 1, 2], abs=0.01)


def test_refusal_halves_the_limit_once_a_round_and_answers_raise_again() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[int]:
        limiter = RateLimiter(EndpointLimits(max_concurrency=8), clock)
        begun: list[float] = []
        await asyncio.gather(*(work(limiter, 1.0, begun) for _ in range(8)))
        seen = [limiter.limit]
        first = failed(clock, K.RATE_LIMITED)
        loop.advance(1)
        for attempt in [first, first, first]:  # all sent before the limit fell
            limiter.on_attempt(attempt, now(clock))
        seen.append(limiter.limit)
        loop.advance(1)
        limiter.on_attempt(failed(clock, K.OVERLOADED), now(clock))
        seen.append(limiter.limit)
        for _ in range(2 + 3 + 1):  # 2 -> about 2 + 1/2 + 1/2.5 = 2.9 -> ... a round of answers for each step
            limiter.on_attempt(answered(clock), now(clock))
        seen.append(limiter.limit)
        for _ in range(500):
            limiter.on_attempt(answered(clock), now(clock))
        seen.append(limiter.limit)
        return seen

    # 2 + 1/2 = 2.5; + 0.4 = 2.9; + 0.34 = 3.24; + 0.31 = 3.55; + 0.28 = 3.83; + 0.26 = 4.09
    assert in_virtual_time(scene) == [8, 4, 2, 4, 8]


def test_limit_falls_from_what_was_really_in_flight() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> int:
        limiter = RateLimiter(EndpointLimits(max_concurrency=1000), clock)
        begun: list[float] = []
        await asyncio.gather(*(work(limiter, 1.0, begun) for _ in range(8)))
        limiter.on_attempt(failed(clock, K.RATE_LIMITED), now(clock))
        return limiter.limit

    assert in_virtual_time(scene) == 4


@all_cases(
    ("attempt", "limit"),
    [(K.SERVER_ERROR, 8), (K.CONNECTION_LOST, 8), (K.STREAM_TRUNCATED, 8), (K.RATE_LIMITED, 4), (K.OVERLOADED, 4)],
)
def test_only_refusals_lower_the_limit(attempt: FailureKind, limit: int) -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> int:
        limiter = RateLimiter(EndpointLimits(max_concurrency=8), clock)
        begun: list[float] = []
        await asyncio.gather(*(work(limiter, 1.0, begun) for _ in range(8)))
        limiter.on_attempt(failed(clock, attempt), now(clock))
        return limiter.limit

    assert in_virtual_time(scene) == limit


@all_cases(
    ("trouble", "wait_s"),
    [
        (("learn", 7.0), 7.0),
        (("headers", RateLimitInfo(remaining_requests=0, reset_requests_s=4.0)), 4.0),
        (("headers", RateLimitInfo(remaining_tokens=0, reset_tokens_s=9.0)), 9.0),
        (("headers", RateLimitInfo(remaining_requests=0, reset_requests_s=3600.0)), 60.0),
        (("headers", RateLimitInfo(remaining_requests=1, reset_requests_s=50.0)), 0.0),
        (("headers", RateLimitInfo(remaining_requests=0)), 0.0),
        (("headers", RateLimitInfo()), 0.0),
    ],
)
def test_provider_word_holds_back_all_calls_of_its_endpoint_only(
    trouble: tuple[str, float | RateLimitInfo], wait_s: float
) -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[dict[str, float], dict[str, float]]:
        troubled, other = RateLimiter(EndpointLimits(), clock), RateLimiter(EndpointLimits(), clock)
        word = trouble[1]
        if isinstance(word, RateLimitInfo):
            troubled.on_rate_limit(word)
        else:
            troubled.on_attempt(failed(clock, K.RATE_LIMITED, retry_after_s=word), now(clock))
        begun: list[float] = []
        free = await work(other, 0.0, begun)
        held = await work(troubled, 0.0, begun)
        return held, free

    held, free = in_virtual_time(scene)
    assert held.get("hold", 0.0) == pytest.approx(wait_s, abs=0.01)
    assert sum(free.values()) == 0


def test_waits_are_told_by_reason() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> dict[str, float]:
        limiter = RateLimiter(EndpointLimits(max_concurrency=1, requests_per_minute=6), clock)
        begun: list[float] = []
        first = asyncio.create_task(work(limiter, 4.0, begun))
        await asyncio.sleep(0)
        second = await work(limiter, 0.0, begun)
        await first
        return second

    # the first holds the only place for 4 s; six a minute are one in 10 s, of which 6 are left
    assert in_virtual_time(scene) == pytest.approx({"queue": 4.0, "rate": 6.0}, abs=0.01)


def test_turns_are_given_in_the_order_they_were_asked_for() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[int]:
        limiter = RateLimiter(EndpointLimits(max_concurrency=2), clock)
        order: list[int] = []

        async def one(number: int) -> None:
            async with limiter.acquire(0):
                order.append(number)
                await asyncio.sleep(1 + number % 3)

        await asyncio.gather(*(one(number) for number in range(12)))
        return order

    assert in_virtual_time(scene) == list(range(12))


@pytest.mark.parametrize(
    "limits", [EndpointLimits(max_concurrency=2), EndpointLimits(max_concurrency=50, requests_per_minute=6)]
)
def test_cancelled_waiter_leaves_nothing_behind(limits: EndpointLimits) -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[int, int]:
        limiter = RateLimiter(limits, clock)
        begun: list[float] = []
        tasks = [asyncio.create_task(work(limiter, 30.0, begun)) for _ in range(6)]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        left = limiter.in_flight
        await asyncio.gather(*(work(limiter, 0.0, begun) for _ in range(3)))  # the limiter still works
        return left, limiter.in_flight

    assert in_virtual_time(scene) == (0, 0)


def test_stop_ends_all_waiting_at_once() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[float, int]:
        limiter, stop = RateLimiter(EndpointLimits(max_concurrency=5, requests_per_minute=1), clock), asyncio.Event()

        async def stoppable() -> None:
            async with limiter.acquire(0, stop):
                if not stop.is_set():
                    await asyncio.sleep(0.5)

        tasks = [asyncio.create_task(stoppable()) for _ in range(20)]
        await asyncio.sleep(2)
        stop.set()
        await asyncio.gather(*tasks)
        return loop.time(), limiter.in_flight

    ended_at, in_flight = in_virtual_time(scene)
    assert ended_at == pytest.approx(2.0)
    assert in_flight == 0


def test_breaker_frees_those_who_wait() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> int:
        limiter = RateLimiter(EndpointLimits(max_concurrency=1, requests_per_minute=1), clock)
        begun: list[float] = []
        waiting = [asyncio.create_task(work(limiter, 0.0, begun)) for _ in range(5)]
        await asyncio.sleep(0.1)
        limiter.on_attempt(failed(clock, K.RATE_LIMITED, retry_after_s=3600.0), now(clock))
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert loop.time() < 1.0
        return sum(isinstance(one, CircuitOpen) for one in ended)

    assert in_virtual_time(scene) == 4


def test_refusals_without_headers_space_all_requests_of_the_endpoint_and_answers_close_the_gaps() -> None:
    """A server lets one request through every half second and refuses the others without a word on when to come."""

    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[int, int, float]:
        limiter = RateLimiter(EndpointLimits(max_concurrency=16), clock)
        passed_at, refusals, answers = -1.0, 0, 0

        async def job() -> None:
            nonlocal passed_at, refusals, answers
            while True:
                async with limiter.acquire(0) as turn:
                    is_passed = loop.time() - passed_at >= 0.5
                    passed_at = loop.time() if is_passed else passed_at
                    await asyncio.sleep(0.05)
                    limiter.on_attempt(answered(clock) if is_passed else failed(clock, K.RATE_LIMITED), turn)
                if is_passed:
                    answers += 1
                    return
                refusals += 1

        await asyncio.gather(*(job() for _ in range(60)))
        took = loop.time()
        begun: list[float] = []
        for _ in range(60):  # the server has more room now
            async with limiter.acquire(0) as turn:
                pass
            limiter.on_attempt(answered(clock), turn)
        await work(limiter, 0.0, begun)
        next_at = begun[0]
        await work(limiter, 0.0, begun)
        return answers, refusals, took if begun[1] - next_at < 0.01 else -1.0

    answers, refusals, took = in_virtual_time(scene)
    assert answers == 60
    assert refusals < 30  # the first round of 8, and one in some seven requests while the pace is found again and again
    assert 29.5 <= took < 60  # 60 answers half a second apart take 29.5 s at best


def test_tokens_of_a_refused_request_are_given_back() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[float]:
        limiter = RateLimiter(EndpointLimits(tokens_per_minute=6000), clock)
        begun: list[float] = []
        await work(limiter, 0.0, begun, tokens=500)
        limiter.on_attempt(failed(clock, K.OVERLOADED), now(clock, 500))
        await work(limiter, 0.0, begun, tokens=500)
        return begun

    # 500 of a burst of 100 leave a debt of 400, which goes back; the refusal alone spaces the second by 0.1 s
    assert in_virtual_time(scene) == pytest.approx([0, 0.1], abs=0.01)


def test_clock_of_the_day_that_jumps_changes_nothing() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[int]:
        jumps = iter([timedelta(hours=-3), timedelta(0), timedelta(days=400), timedelta(hours=-8)] * 99)
        jumping = Clock(now=lambda: clock.now() + next(jumps), monotonic=clock.monotonic)
        limiter = RateLimiter(EndpointLimits(max_concurrency=8), jumping)
        begun: list[float] = []
        await asyncio.gather(*(work(limiter, 1.0, begun) for _ in range(8)))
        seen = []
        for _ in range(3):
            limiter.on_attempt(failed(jumping, K.OVERLOADED), now(clock))
            loop.advance(1)
            seen.append(limiter.limit)
        return seen

    assert in_virtual_time(scene) == [4, 2, 1]


def test_limit_and_pause_by_hand() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[list[float], Waiting | None, int]:
        limiter = RateLimiter(EndpointLimits(max_concurrency=4), clock)
        limiter.set_limit(1)
        begun: list[float] = []
        jobs = [asyncio.create_task(work(limiter, 10.0, begun)) for _ in range(4)]
        await asyncio.sleep(5)
        limiter.pause_by_hand(is_paused=True)
        await asyncio.sleep(20)
        waiting = limiter.waiting
        limiter.set_limit(None)
        limiter.pause_by_hand(is_paused=False)
        await asyncio.gather(*jobs)
        return begun, waiting, limiter.limit

    # one at a time from 0; paused at 5, so the next only at 25, then three at once
    begun, waiting, limit = in_virtual_time(scene)
    assert begun == pytest.approx([0, 25, 25, 25], abs=0.01)
    assert waiting == Waiting(reason="paused")
    assert limit == 4


@pytest.mark.parametrize(("retry_after_s", "at_most_s"), [(0.05, 60), (None, 900)])
def test_refusals_at_any_pace_do_not_bring_an_endpoint_to_a_standstill(
    retry_after_s: float | None, at_most_s: float
) -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> float:
        # every fourth request is refused, however far apart they are sent; 200 are answered in the end
        limiter, count = RateLimiter(EndpointLimits(max_concurrency=4), clock), 0
        while count < 267:
            async with limiter.acquire(0) as turn:
                await asyncio.sleep(0.02)
            count += 1
            is_refused = count % 4 == 0
            refusal = failed(clock, K.RATE_LIMITED, retry_after_s=retry_after_s)
            limiter.on_attempt(refusal if is_refused else answered(clock), turn)
        return loop.time()

    assert in_virtual_time(scene) < at_most_s


def test_concurrency_is_opened_faster_where_a_connection_costs_less() -> None:
    assert ramp_per_s("http://127.0.0.1:8080/v1") > 4 * ramp_per_s("https://api.example.com/v1")
