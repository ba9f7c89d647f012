"""The positions of a worker: those of the blocks leased to it, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass

from harness.core.types import Sample
from harness.run.distributed.leased_limits import LeasedEndpoint
from harness.run.execution.position_source import YIELD_EVERY
from harness.run.planning.plan import Plan, PlannedTask

SPARE = 2
"""Jobs that a worker starts beyond twice its share of an endpoint: those in flight, and as many that are synced to disk
(as in a run of one process: engine, `unsynced`) or wait to be sent as soon as an answer has come.
"""
MAX_AHEAD = 512
MAX_LEAD = 2000
"""Positions that a fast endpoint may be ahead of a slow one before the worker asks for no more."""


@dataclass(slots=True, kw_only=True)
class _Leased:
    """A block in work: `first` and `end` of its places here, and how many jobs of it have not ended."""

    number: int
    first: int
    end: int
    open_jobs: int


class LeasedPositions:
    """Hands on leased positions, and notes which blocks are finished. `wake`: has the worker report at once."""

    def __init__(
        self, plan: Plan, endpoints: Mapping[str, LeasedEndpoint], stop: asyncio.Event, wake: Callable[[], None]
    ) -> None:
        self._plan = plan
        self._order = plan.order()
        self._endpoints = endpoints
        self._stop = stop
        self._wake = wake
        self._places: list[int] = []
        self._blocks: deque[_Leased] = deque()
        self._walked = dict.fromkeys(endpoints, 0)
        self._left: set[str] = set()
        self._ahead = 0
        self._asked_at = -1
        self._walked_before = 0
        self._changed = asyncio.Event()
        self._is_done = False
        self.finished: list[int] = []

    def add(self, number: int, positions: tuple[int, ...]) -> None:
        """Take over a block."""
        first = len(self._places)
        self._places.extend(positions)
        jobs = len(positions) * (len(self._endpoints) - len(self._left))
        self._blocks.append(_Leased(number=number, first=first, end=len(self._places), open_jobs=jobs))
        self.on_change()

    def end(self) -> None:
        """No further block comes."""
        self._is_done = True
        self.on_change()

    def on_change(self) -> None:
        """Have all endpoints look again: a share has changed, or the run stops."""
        self._changed.set()

    @property
    def wanted(self) -> int:
        """Positions there is room for."""
        if self._is_done or self._stop.is_set():
            return 0
        labels = [label for label in self._endpoints if label not in self._left]
        if not labels or len(self._places) - min(self._walked[label] for label in labels) > MAX_LEAD:
            return 0
        return max(self._room(label) + self._ahead - (len(self._places) - self._walked[label]) for label in labels)

    def on_report(self) -> None:
        """Ask for as many positions ahead as were started since the last report, so that none has to be waited for."""
        walked = max(self._walked.values())
        self._ahead = min(MAX_AHEAD, max(2 * (walked - self._walked_before), self._ahead // 2))
        self._walked_before = walked

    def has_work(self, label: str) -> bool:
        """Whether an endpoint has jobs here that have not ended."""
        endpoint = self._endpoints[label]
        return endpoint.in_work > 0 or (label not in self._left and self._walked[label] < len(self._places))

    def entry(self, number: int) -> tuple[PlannedTask, Sample, int]:
        return self._plan.position(self._order, self._places[number])

    async def numbers(self, label: str) -> AsyncGenerator[int, None]:
        try:
            async for number in self._walk(label):
                yield number
        finally:
            self._leave(label)

    async def _walk(self, label: str) -> AsyncGenerator[int, None]:
        endpoint = self._endpoints[label]
        while not self._stop.is_set():
            number = self._walked[label]
            if number >= len(self._places):
                if self._is_done:
                    return
                self._ask_at_once()
                await self._wait()
            elif self._room(label) <= 0 and endpoint.limiter.breaker.stopped is None:
                await self._wait()
            else:
                self._walked[label] += 1
                endpoint.in_work += 1
                if number % YIELD_EVERY == YIELD_EVERY - 1:
                    await asyncio.sleep(0)
                yield number

    def on_ended(self, label: str, number: int) -> None:
        self._endpoints[label].in_work -= 1
        self._close_jobs(next(one for one in self._blocks if number < one.end), 1)
        self.on_change()

    def _leave(self, label: str) -> None:
        """Count the jobs that an endpoint will not start as ended."""
        self._left.add(label)
        for block in list(self._blocks):
            self._close_jobs(block, block.end - max(block.first, min(block.end, self._walked[label])))

    def _close_jobs(self, block: _Leased, count: int) -> None:
        block.open_jobs -= count
        if block.open_jobs == 0:
            self._blocks.remove(block)
            self.finished.append(block.number)

    def _ask_at_once(self) -> None:
        """Have the worker report now, once: where nothing came, the next report is soon enough."""
        if self._asked_at != len(self._places):
            self._asked_at = len(self._places)
            self._wake()

    def _room(self, label: str) -> int:
        endpoint = self._endpoints[label]
        return 2 * endpoint.slots + SPARE - endpoint.in_work

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
