"""An event loop whose clock jumps to the next timer instead of waiting for it. Not a test.

For code that only waits: nothing may touch a socket or a thread in here.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from harness.core.clock import Clock

T = TypeVar("T")
START = datetime(2026, 11, 21, 10, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when everybody waits, or when a test says `advance`."""

    def __init__(self) -> None:
        self._now = 1000.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass while the loop stands still, as a long computation would."""
        self._now += seconds


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if timeout is None and not ready:
            raise RuntimeError("everybody waits for something that no timer will bring")
        if not ready and timeout is not None:
            self._loop.advance(timeout)
        return ready


def in_virtual_time(scene: Callable[[VirtualLoop, Clock], Awaitable[T]]) -> T:
    """Run a scene on a virtual loop, with a clock that reads its time."""
    loop = VirtualLoop()
    clock = Clock(now=lambda: START + timedelta(seconds=loop.time() - 1000.0), monotonic=loop.time)

    async def run() -> T:
        return await scene(loop, clock)

    try:
        return loop.run_until_complete(run())
    finally:
        loop.close()
