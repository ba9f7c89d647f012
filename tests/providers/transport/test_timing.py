"""Stamps to latencies, and how late the loop runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from harness.core.clock import Clock
from harness.core.types import Timing
from harness.providers.format.wire_types import ChunkKind
from harness.providers.transport.timing import EventLoopLagMonitor, Stopwatch
from tests.cases import all_cases
from tests.virtual_time import EPOCH, VirtualLoop, in_virtual_time


class Hands:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.at = 500.0
        self.clock = Clock(now=lambda: EPOCH + timedelta(seconds=self.at), monotonic=lambda: self.at)


def test_latencies_run_from_the_sending_and_waits_lie_before() -> None:
    hands = Hands()
    watch = Stopwatch(hands.clock, None, {"queue": 3.0, "rate": 0.0002})
    hands.at = watch.sent = 500.5  # half a second to connect
    watch.headers = 500.7
    for seen, at in [
        (ChunkKind.NOTHING, 500.8),
        (ChunkKind.REASONING, 501.0),
        (ChunkKind.REASONING, 501.1),
        (ChunkKind.ANSWER, 501.4),
        (ChunkKind.ANSWER, 501.4),  # two events in one piece of the network: no gap between
        (ChunkKind.NOTHING, 501.6),
    ]:
        watch.record(seen, at)
    watch.last_byte = 501.7
    hands.at = 509.0  # the reader was slow
    timing = watch.timing()
    assert timing.started_at == EPOCH + timedelta(seconds=500.5)
    assert timing.waited_s == pytest.approx(3.5002)
    assert timing.waits == {"queue": 3.0, "connect": 0.5}  # a fifth of a millisecond is not worth a word
    assert timing.headers_s == pytest.approx(0.2)
    assert timing.ttft_s == pytest.approx(0.5)
    assert timing.first_answer_s == pytest.approx(0.9)
    assert timing.total_s == pytest.approx(1.2)
    assert timing.itl_s == pytest.approx((0.1, 0.3, 0.3))  # gaps 0.1 and 0.3: the rank of the median is round(0.5) = 0
    assert timing.text_chunks == 4


def test_attempt_that_was_never_sent_has_waited_and_lasted_nothing() -> None:
    hands = Hands()
    watch = Stopwatch(hands.clock, None)
    hands.at = 515.0
    timing = watch.timing()
    assert (timing.total_s, timing.waited_s) == (0.0, 15.0)
    assert timing.started_at == EPOCH + timedelta(seconds=515.0)
    assert (timing.ttft_s, timing.headers_s, timing.itl_s) == (None, None, None)


def test_attempt_without_a_byte_lasts_until_it_is_given_up() -> None:
    hands = Hands()
    watch = Stopwatch(hands.clock, None)
    watch.sent = 501.0
    hands.at = 531.0
    assert watch.timing().total_s == 30.0


@all_cases(
    ("blocked_s", "worst"),
    [(0.0, 0.0), (0.0005, 0.0), (0.05, 0.04), (2.0, 1.99)],  # at most the 10 ms of the sample are not seen
)
def test_lag_of_a_blocked_loop_is_seen_by_the_stamp_that_follows(blocked_s: float, worst: float) -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> float | None:
        async with EventLoopLagMonitor(clock) as meter:
            await asyncio.sleep(0.055)
            loop.advance(blocked_s)
            stamp = clock.monotonic()  # a byte that came while the loop was blocked
            await asyncio.sleep(0.03)
            return meter.worst_at(stamp)

    measured = in_virtual_time(scene)
    assert measured is not None
    assert worst - 1e-9 <= measured <= blocked_s


def test_lag_that_goes_on_is_seen_before_the_sampler_wakes() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> float | None:
        async with EventLoopLagMonitor(clock) as meter:
            await asyncio.sleep(0.02)
            loop.advance(0.5)
            return meter.worst_at(clock.monotonic())

    assert in_virtual_time(scene) == pytest.approx(0.5, abs=0.011)


def test_lag_between_two_stamps_is_in_neither() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[float | None, ...]:
        async with EventLoopLagMonitor(clock) as meter:
            await asyncio.sleep(0.02)
            first = clock.monotonic()
            await asyncio.sleep(1.0)
            loop.advance(0.5)
            blocked = clock.monotonic()
            await asyncio.sleep(1.0)
            return meter.worst_at(first), meter.worst_at(clock.monotonic()), meter.worst_at(blocked)

    before, after, near = in_virtual_time(scene)
    assert (before, after) == (0.0, 0.0)
    assert near == pytest.approx(0.5, abs=0.011)


def test_lag_is_told_apart_at_the_first_text_and_at_the_last_byte() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> Timing:
        async with EventLoopLagMonitor(clock) as meter:
            watch = Stopwatch(clock, meter)
            watch.sent = clock.monotonic()
            await asyncio.sleep(1.0)
            loop.advance(0.2)
            watch.record(ChunkKind.ANSWER, clock.monotonic())
            await asyncio.sleep(1.0)
            watch.last_byte = clock.monotonic()
            await asyncio.sleep(1.0)
            loop.advance(0.7)  # after the end: no part of the answer
            await asyncio.sleep(0.1)
            return watch.timing()

    timing = in_virtual_time(scene)
    assert timing.ttft_lag_s == pytest.approx(0.2, abs=0.011)
    assert timing.total_lag_s == 0.0
    assert timing.loop_lag_s == timing.ttft_lag_s


def test_lag_before_a_stamp_of_the_kernel_was_read_is_not_in_it() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> Timing:
        async with EventLoopLagMonitor(clock) as meter:
            watch = Stopwatch(clock, meter)
            watch.sent = clock.monotonic()
            await asyncio.sleep(1.0)
            loop.advance(0.2)
            arrived = clock.monotonic() - 0.15  # the first text waited so long for the loop
            watch.ages_s[arrived] = 0.15
            watch.record(ChunkKind.ANSWER, arrived)
            watch.last_byte = clock.monotonic()
            return watch.timing()

    timing = in_virtual_time(scene)
    assert timing.ttft_s == pytest.approx(1.05)
    assert timing.ttft_lag_s == pytest.approx(0.05, abs=0.011)
    assert timing.total_lag_s == pytest.approx(0.2, abs=0.011)


def test_without_a_first_text_only_the_last_byte_has_a_lag() -> None:
    async def scene(_loop: VirtualLoop, clock: Clock) -> Timing:
        async with EventLoopLagMonitor(clock) as meter:
            watch = Stopwatch(clock, meter)
            watch.sent = watch.last_byte = clock.monotonic()
            return watch.timing()

    timing = in_virtual_time(scene)
    assert (timing.ttft_lag_s, timing.total_lag_s, timing.loop_lag_s) == (None, 0.0, 0.0)


def test_lag_is_unknown_where_nobody_measures() -> None:
    hands = Hands()
    assert EventLoopLagMonitor(hands.clock).worst_at(0.0) is None
    watch = Stopwatch(hands.clock, EventLoopLagMonitor(hands.clock))
    assert watch.timing().loop_lag_s is None
