"""An event loop whose time stands still while anything can be done and jumps to the next timer when nothing can.

For tests of hours of waiting in milliseconds. Work in threads (syncing files) takes no virtual time; what waits on
nothing but a lost wake-up is reported instead of waited for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from harness.core.clock import Clock

T = TypeVar("T")
DEADLOCK_S = 8.0
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    now = 0.0
    threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            events = super().select(DEADLOCK_S)
            if not events:
                raise TimeoutError("deadlock: no timer, no event, and nobody to run")
            return events
        events = super().select(DEADLOCK_S if self.threads and timeout > 0 else 0)
        if not events and timeout > 0:
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = _JumpingSelector()
        super().__init__(self.jumping)

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: object) -> asyncio.Future[T]:
        def ended(_future: asyncio.Future[T]) -> None:
            self.jumping.threads -= 1

        future = super().run_in_executor(executor, func, *args)
        self.jumping.threads += 1
        future.add_done_callback(ended)
        return future

    def time(self) -> float:
        return self.jumping.now


def run_virtually(work: Coroutine[None, None, T]) -> T:
    """Like `asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def virtual_clock() -> Clock:
    """A clock that shows the running loop's time."""
    loop = asyncio.get_running_loop()
    return Clock(now=lambda: EPOCH + timedelta(seconds=loop.time()), monotonic=loop.time)
