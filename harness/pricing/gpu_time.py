"""Dollars of a self-hosted model: the GPU time of its requests, shared over those in flight at the same server.

While a server has n requests in flight each of them costs 1/n of the server's rate, so the dollars of all requests
together are those of the time in which it had any. Idle time, and time in which the server worked for others than this
run, is not in them. What a provider bills by tokens: pricing.cost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal

from harness.core.prices import BillLine, Cost, GpuCost
from harness.core.types import Attempt, Failure
from harness.pricing.exact import CONVERT

GPU_PRICE_PREFIX = "gpu time"
"""How the price id of such a bill begins: what tells it from one of tokens wherever dollars are added up."""

GPU_COST_MARK = "#"
GPU_COST_NOTE = (
    f"{GPU_COST_MARK} dollars of measured GPU time (gpu_hour_usd), shared over requests in flight, idle time not "
    "included; not comparable with prices of tokens as they stand"
)


def mark_gpu_cost(text: str, *, is_gpu_time: bool) -> str:
    """Dollars, marked where they are of GPU time instead of tokens."""
    return f"{text} {GPU_COST_MARK}" if is_gpu_time else text


Interval = tuple[float, float]
"""Seconds since 1970 when a request was sent, and when it ended."""


class SharedTime:
    """The shares of a server's time that each of its requests had, from the intervals of all of them."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        changes: dict[float, int] = {}
        for start, end in intervals:
            changes[start] = changes.get(start, 0) + 1
            changes[end] = changes.get(end, 0) - 1
        self._instants = sorted(changes)
        self._shares: list[float] = []
        self._in_flight: list[int] = []
        share, in_flight, before = 0.0, 0, 0.0
        for instant in self._instants:
            # Between two instants the number in flight is constant, so each request's share grows by its part of it.
            if in_flight:
                share += (instant - before) / in_flight
            in_flight, before = in_flight + changes[instant], instant
            self._shares.append(share)
            self._in_flight.append(in_flight)

    def seconds(self, interval: Interval) -> float:
        """The request's own share of the server's time, in seconds."""
        return self._until(interval[1]) - self._until(interval[0])

    def _until(self, instant: float) -> float:
        place = bisect_right(self._instants, instant) - 1
        if place < 0:
            return 0.0
        in_flight = self._in_flight[place]
        return self._shares[place] + ((instant - self._instants[place]) / in_flight if in_flight else 0.0)


def interval_of(attempt: Attempt) -> Interval:
    """When a request was in flight; nothing was where it was never sent."""
    started_at, total_s = attempt.timing.started_at, attempt.timing.total_s
    assert started_at is not None  # only runs of our own have such dollars
    assert total_s is not None
    start = started_at.timestamp()
    was_sent = not isinstance(attempt, Failure) or attempt.was_sent
    return start, start + (total_s if was_sent else 0.0)


def gpu_time_cost(rate: GpuCost, seconds: float, *, is_upper_bound: bool, note: str) -> Cost:
    """The bill of so many seconds of a server's time; an upper bound where sharing is not known."""
    usd = CONVERT.divide(CONVERT.multiply(Decimal(repr(seconds)), rate.usd_per_hour), Decimal(3600))
    name = f"{GPU_PRICE_PREFIX} at ${rate.gpu_hour_usd:f} per hour x {rate.gpus}"
    line = BillLine(what=f"GPU time, {seconds:.3f} s", tokens=0, rate_per_mtok=Decimal(0), amount=usd, usd=usd)
    return Cost(usd=usd, lines=(line,), price_id=name, amount=usd, is_upper_bound=is_upper_bound, notes=(note,))


def unshared_cost(rate: GpuCost, attempt: Attempt) -> Cost:
    """The most that an attempt can cost: as if it had had the server for itself."""
    start, end = interval_of(attempt)
    note = "GPU time as if the request had had the server for itself; reports share it over requests in flight"
    return gpu_time_cost(rate, end - start, is_upper_bound=True, note=note)


def shared_cost(rate: GpuCost, attempt: Attempt, shared: SharedTime, *, is_reused: bool) -> Cost:
    """An attempt's dollars by its share of the server's time. Of a reused answer it is not known who shared it."""
    note = "GPU time, shared over the requests in flight; idle time is not in it"
    if is_reused:
        note = "GPU time of a reused answer: which requests of that run shared the server is not known here"
    return gpu_time_cost(rate, shared.seconds(interval_of(attempt)), is_upper_bound=is_reused, note=note)


def is_gpu_priced(price_ids: Iterable[str | None]) -> bool:
    """Whether any of these price ids is of GPU time."""
    return any(one is not None and one.startswith(GPU_PRICE_PREFIX) for one in price_ids)


def mixed_note(labels_of_gpu: Sequence[str], others: Sequence[str]) -> str | None:
    """What is said where dollars of GPU time stand beside dollars of tokens; None where they do not."""
    if not labels_of_gpu or not others:
        return None
    return (
        f"dollars of {', '.join(labels_of_gpu)} are of measured GPU time, those of the others of token prices: "
        "sums, ratios and Pareto positions over both mix two kinds of cost"
    )
