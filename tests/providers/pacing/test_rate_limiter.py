"""Turns at an endpoint: how many at once, how fast, and when no more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.clock import Clock
from harness.core.types import Attempt, Completion, EndpointLimits, Failure, FailureKind, FinishReason, Timing, Usage
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.rate_limiter import CircuitOpen, RateLimiter, TokenBucket
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


async def work(gate: RateLimiter, seconds: float, begun: list[float], tokens: int = 0) -> dict[str, float]:
    async with gate.acquire(tokens) as waits:
        begun.append(asyncio.get_running_loop().time())
        await asyncio.sleep(seconds)
    return waits


def begun_at(limits: EndpointLimits, count: int, seconds: float, tokens: int = 0) -> Sequence[float]:
    """When `count` turns of so many seconds begin."""

    async def scene(loop: VirtualLoop, clock: Clock) -> list[float]:
        gate = RateLimiter(limits, clock)
        begun: list[float] = []
        await asyncio.gather(*(work(gate, seconds, begun, tokens) for _ in range(count)))
        assert gate.in_flight == 0
        return begun

    return in_virtual_time(scene)


def test_never_more_at_once_than_the_bound() -> None:
    # three at a time, ten seconds each: three at 0, three at 10, one at 20
    assert begun_at(EndpointLimits(max_concurrency=3), 7, 10.0) == pytest.approx([0, 0, 0, 10, 10, 10, 20], abs=0.01)


def test_concurrency_is_opened_at_a_steady_pace() -> None:
    begun = begun_at(EndpointLimits(max_concurrency=1000), 208, 60.0)
    # 8 at once, then 100 a second: the 208th two seconds later
    assert begun[:8] == [0] * 8
    assert begun[108 - 1] == pytest.approx(1.0, abs=0.02)
    assert begun[-1] == pytest.approx(2.0, abs=0.02)


def test_turns_once_opened_are_not_paced_again() -> None:
    begun = begun_at(EndpointLimits(max_concurrency=50), 100, 10.0)
    assert begun[49] == pytest.approx(0.42, abs=0.02)  # (50 - 8) / 100
    assert [later - first for first, later in zip(begun[:50], begun[50:], strict=True)] == pytest.approx([10.0] * 50)


@pytest.mark.parametrize(
    ("per_minute", "starts"),
    [
        (60, [0, 1, 2, 3, 4]),
        (6, [0, 10, 20, 30, 40]),
        (120, [0, 0, 0.5, 1.0, 1.5]),  # two seconds' worth is one second's burst of two
    ],
)
def test_requests_per_minute_drip(per_minute: int, starts: list[float]) -> None:
    limits = EndpointLimits(max_concurrency=100, requests_per_minute=per_minute)
    assert begun_at(limits, 5, 0.1) == pytest.approx(starts, abs=0.01)


def test_tokens_per_minute_drip() -> None:
    # 6000 a minute are 100 a second; a turn of 500 goes when 100 are there, and leaves a debt of 400: 5 s for the next
    limits = EndpointLimits(max_concurrency=100, tokens_per_minute=6000)
    assert begun_at(limits, 4, 0.1, tokens=500) == pytest.approx([0, 5, 10, 15], abs=0.01)


def test_tokens_expected_and_not_used_are_given_back() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[float]:
        gate = RateLimiter(EndpointLimits(max_concurrency=1, tokens_per_minute=6000), clock)
        begun: list[float] = []
        for _ in range(3):
            await work(gate, 0.0, begun, tokens=500)
            await gate.update_from_headers(answered(clock, tokens=100), 500)
        return begun

    # each turn really used 100 of the 100 a second
    assert in_virtual_time(scene) == pytest.approx([0, 1, 2], abs=0.01)


def test_drip_never_holds_more_than_its_burst() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[float, float]:
        drip = TokenBucket(2.0, 4.0, clock)
        loop.advance(3600)
        drip.take(4)
        return drip.wait_s(1), drip.wait_s(1000)

    assert in_virtual_time(scene) == (0.5, 2.0)  # 1 at 2 a second; the full 4 at 2 a second


def test_push_back_halves_once_a_round_and_answers_raise_again() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[int]:
        gate = RateLimiter(EndpointLimits(max_concurrency=8), clock)
        begun: list[float] = []
        await asyncio.gather(*(work(gate, 1.0, begun) for _ in range(8)))
        seen = [gate.limit]
        first = failed(clock, K.RATE_LIMITED)
        loop.advance(1)
        for attempt in [first, first, first]:  # all sent before the limit fell
            await gate.update_from_headers(attempt)
        seen.append(gate.limit)
        loop.advance(1)
        await gate.update_from_headers(failed(clock, K.OVERLOADED))
        seen.append(gate.limit)
        for _ in range(2 + 3 + 1):  # 2 -> about 2 + 1/2 + 1/2.5 = 2.9 -> ... a round of answers for each step
            await gate.update_from_headers(answered(clock))
        seen.append(gate.limit)
        for _ in range(500):
            await gate.update_from_headers(answered(clock))
        seen.append(gate.limit)
        return seen

    # 2 + 1/2 = 2.5; + 0.4 = 2.9; + 0.34 = 3.24; + 0.31 = 3.55; + 0.28 = 3.83; + 0.26 = 4.09
    assert in_virtual_time(scene) == [8, 4, 2, 4, 8]


def test_limit_falls_from_what_was_really_in_flight() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> int:
        gate = RateLimiter(EndpointLimits(max_concurrency=1000), clock)
        begun: list[float] = []
        await asyncio.gather(*(work(gate, 1.0, begun) for _ in range(8)))
        await gate.update_from_headers(failed(clock, K.RATE_LIMITED))
        return gate.limit

    assert in_virtual_time(scene) == 4


@pytest.mark.parametrize(
    ("attempt", "limit"),
    [(K.SERVER_ERROR, 8), (K.CONNECTION_LOST, 8), (K.STREAM_TRUNCATED, 8), (K.RATE_LIMITED, 4), (K.OVERLOADED, 4)],
)
def test_only_push_backs_lower_the_limit(attempt: FailureKind, limit: int) -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> int:
        gate = RateLimiter(EndpointLimits(max_concurrency=8), clock)
        begun: list[float] = []
        await asyncio.gather(*(work(gate, 1.0, begun) for _ in range(8)))
        await gate.update_from_headers(failed(clock, attempt))
        return gate.limit

    assert in_virtual_time(scene) == limit


@pytest.mark.parametrize(
    ("trouble", "wait_s"),
    [
        (("learn", 7.0), 7.0),
        (("learn", 3600.0), 0.0),  # longer than any run is held for: that job fails, the others try
        (("heed", RateLimitInfo(remaining_requests=0, reset_requests_s=4.0)), 4.0),
        (("heed", RateLimitInfo(remaining_tokens=0, reset_tokens_s=9.0)), 9.0),
        (("heed", RateLimitInfo(remaining_requests=0, reset_requests_s=3600.0)), 60.0),
        (("heed", RateLimitInfo(remaining_requests=1, reset_requests_s=50.0)), 0.0),
        (("heed", RateLimitInfo(remaining_requests=0)), 0.0),
        (("heed", RateLimitInfo()), 0.0),
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
            await troubled.update_from_headers(failed(clock, K.RATE_LIMITED, retry_after_s=word))
        begun: list[float] = []
        free = await work(other, 0.0, begun)
        held = await work(troubled, 0.0, begun)
        return held, free

    held, free = in_virtual_time(scene)
    assert held.get("hold", 0.0) == pytest.approx(wait_s, abs=0.01)
    assert sum(free.values()) == 0


def test_waits_are_told_by_reason() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> dict[str, float]:
        gate = RateLimiter(EndpointLimits(max_concurrency=1, requests_per_minute=6), clock)
        begun: list[float] = []
        first = asyncio.create_task(work(gate, 4.0, begun))
        await asyncio.sleep(0)
        second = await work(gate, 0.0, begun)
        await first
        return second

    # the first holds the only place for 4 s; six a minute are one in 10 s, of which 6 are left
    assert in_virtual_time(scene) == pytest.approx({"queue": 4.0, "rate": 6.0}, abs=0.01)


def test_turns_are_given_in_the_order_they_were_asked_for() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> list[int]:
        gate = RateLimiter(EndpointLimits(max_concurrency=2), clock)
        order: list[int] = []

        async def one(number: int) -> None:
            async with gate.acquire(0):
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
        gate = RateLimiter(limits, clock)
        begun: list[float] = []
        tasks = [asyncio.create_task(work(gate, 30.0, begun)) for _ in range(6)]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        left = gate.in_flight
        await asyncio.gather(*(work(gate, 0.0, begun) for _ in range(3)))  # the gate still works
        return left, gate.in_flight

    assert in_virtual_time(scene) == (0, 0)


def test_stop_ends_all_waiting_at_once() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[float, int]:
        gate, stop = RateLimiter(EndpointLimits(max_concurrency=5, requests_per_minute=1), clock), asyncio.Event()

        async def stoppable() -> None:
            async with gate.acquire(0, stop):
                if not stop.is_set():
                    await asyncio.sleep(0.5)

        tasks = [asyncio.create_task(stoppable()) for _ in range(20)]
        await asyncio.sleep(2)
        stop.set()
        await asyncio.gather(*tasks)
        return loop.time(), gate.in_flight

    ended_at, in_flight = in_virtual_time(scene)
    assert ended_at == pytest.approx(2.0)
    assert in_flight == 0


def outcome_of(kinds: Sequence[FailureKind | None]) -> str | None:
    """Why the gate is closed after failures of these kinds; None stands for an answer."""

    async def scene(loop: VirtualLoop, clock: Clock) -> str | None:
        gate = RateLimiter(EndpointLimits(), clock)
        for kind in kinds:
            attempt: Attempt = answered(clock) if kind is None else failed(clock, kind, may_retry=False)
            await gate.update_from_headers(attempt)
        with contextlib.suppress(CircuitOpen):
            async with gate.acquire(0):
                assert gate.closed_why is None
        return gate.closed_why

    return in_virtual_time(scene)


@pytest.mark.parametrize(
    ("kinds", "closes"),
    [
        ([K.UNAUTHORIZED] * 10, True),
        ([K.UNAUTHORIZED] * 9, False),
        ([K.NOT_FOUND] * 5 + [K.HARNESS_BUG] * 5, True),
        ([None] + [K.UNAUTHORIZED] * 20, False),
        ([K.UNAUTHORIZED] * 9 + [None] + [K.UNAUTHORIZED] * 9, False),
        ([K.CONTEXT_LENGTH_EXCEEDED] * 20, False),
        ([K.CONTENT_FILTERED] * 20, False),
        ([K.PAYMENT_REQUIRED] * 10, True),
    ],
)
def test_breaker_closes_an_endpoint_that_only_fails_for_good(kinds: list[FailureKind | None], closes: bool) -> None:
    why = outcome_of(kinds)
    assert (why is not None) is closes
    if why is not None:
        assert "first 10 calls all failed for good" in why
        assert f"said {kinds[-1].value if kinds[-1] else ''}" in why


def test_breaker_frees_those_who_wait() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> int:
        gate = RateLimiter(EndpointLimits(max_concurrency=1, requests_per_minute=1), clock)
        begun: list[float] = []
        waiting = [asyncio.create_task(work(gate, 0.0, begun)) for _ in range(5)]
        await asyncio.sleep(0.1)
        bad = replace(failed(clock, K.UNAUTHORIZED), is_retryable=False)
        for _ in range(10):
            await gate.update_from_headers(bad)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert loop.time() < 1.0
        return sum(isinstance(one, CircuitOpen) for one in ended)

    assert in_virtual_time(scene) == 4
