"""Dollars of GPU time: shares of requests that overlap, worked by hand, and their sum for any intervals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from harness.core.prices import GpuCost
from harness.core.types import Failure, FailureKind
from harness.pricing.gpu_time import SharedTime, gpu_time_cost, interval_of, shared_cost, unshared_cost
from tests.pricing.prices import NOON, answer

RATE = GpuCost(gpu_hour_usd=Decimal("3.60"), gpus=2)  # $7.20 an hour, $0.002 a second


def test_requests_that_overlap_share_the_time() -> None:
    # 0 to 4 alone, 4 to 6 two of them, 6 to 10 alone: 4 + 2/2 = 5 and 2/2 + 4 = 5
    shared = SharedTime([(0, 6), (4, 10)])
    assert shared.seconds((0, 6)) == 5
    assert shared.seconds((4, 10)) == 5


def test_idle_time_between_requests_is_not_charged() -> None:
    shared = SharedTime([(0, 1), (100, 103)])
    assert (shared.seconds((0, 1)), shared.seconds((100, 103))) == (1, 3)


def test_one_request_inside_another_has_half_of_its_own_time() -> None:
    shared = SharedTime([(0, 10), (2, 6)])
    assert shared.seconds((2, 6)) == 2  # 4 s shared by two
    assert shared.seconds((0, 10)) == 8  # 6 s alone and 4 s shared


def test_an_attempt_that_was_never_sent_takes_no_time() -> None:
    failed = Failure(
        kind=FailureKind.CONNECTION_FAILED, message="", is_retryable=True, timing=answer(None).timing, was_sent=False
    )
    assert unshared_cost(RATE, failed).usd == 0


def test_dollars_are_seconds_at_the_rate_of_all_gpus() -> None:
    cost = gpu_time_cost(RATE, 2.5, is_upper_bound=False, note="")
    assert cost.usd == Decimal("0.005")
    assert cost.price_id == "gpu time at $3.60 per hour x 2"


def test_reused_answers_are_an_upper_bound() -> None:
    attempt = answer(None)
    shared = SharedTime([interval_of(attempt)])
    assert shared_cost(RATE, attempt, shared, is_reused=True).is_upper_bound
    assert not shared_cost(RATE, attempt, shared, is_reused=False).is_upper_bound


SECONDS = st.integers(min_value=0, max_value=1000)


@given(st.lists(st.tuples(SECONDS, st.integers(min_value=0, max_value=100)), min_size=1, max_size=30))
def test_all_requests_together_cost_the_time_in_which_any_was_in_flight(drawn: list[tuple[int, int]]) -> None:
    timing = answer(None).timing
    attempts = [
        replace(answer(None), timing=replace(timing, started_at=NOON + timedelta(seconds=start), total_s=float(length)))
        for start, length in drawn
    ]
    shared = SharedTime(map(interval_of, attempts))
    busy = {second for start, length in drawn for second in range(start, start + length)}
    total = sum(shared.seconds(interval_of(attempt)) for attempt in attempts)
    assert abs(total - len(busy)) < 1e-4
    for attempt in attempts:
        own = shared_cost(RATE, attempt, shared, is_reused=False).usd
        assert own <= unshared_cost(RATE, attempt).usd + Decimal("1e-6")
