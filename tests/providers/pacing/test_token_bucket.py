"""A budget per minute."""

from __future__ import annotations

from harness.core.clock import Clock
from harness.providers.pacing.token_bucket import TokenBucket, per_minute
from tests.virtual_time import VirtualLoop, in_virtual_time


def test_bucket_never_holds_more_than_its_burst() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[float, float]:
        bucket = TokenBucket(2.0, 4.0, clock)
        loop.advance(3600)
        bucket.take(4)
        return bucket.wait_s(1), bucket.wait_s(1000)

    assert in_virtual_time(scene) == (0.5, 2.0)  # 1 at 2 a second; the full 4 at 2 a second


def test_what_is_given_back_can_be_taken_again_at_once() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> tuple[float, float]:
        bucket = per_minute(6000, clock)  # 100 a second, and a second's worth at once
        assert bucket is not None
        bucket.take(500)
        before = bucket.wait_s(100)
        bucket.take(-480)
        return before, bucket.wait_s(80)

    assert in_virtual_time(scene) == (5.0, 0.0)  # from -400 to 100 at 100 a second; from 80 none


def test_no_limit_is_no_bucket() -> None:
    async def scene(loop: VirtualLoop, clock: Clock) -> TokenBucket | None:
        return per_minute(None, clock)

    assert in_virtual_time(scene) is None
