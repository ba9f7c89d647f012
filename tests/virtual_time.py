"""An event loop whose clock jumps to the next timer as soon as nothing is left to do. Not a test.

For tests of seconds or hours of waiting that take milliseconds and come out alike on a slow machine: a timeout fires in
virtual time, so a stalled process is late for none. Sockets on loopback and work in threads take no virtual time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from harness.core.clock import Clock

T = TypeVar("T")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
DEADLOCK_S = 120.0
"""Real seconds without any event after which waiting without a timer is reported as a deadlock."""
SOCKET_PATIENCE_S = 0.005
"""Real seconds given to loopback before time jumps; the kernel delivers at once unless it is very busy."""


class _JumpingSelector(selectors.DefaultSelector):
    now = 0.0
    threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            events = super().select(DEADLOCK_S)
            if not events:
                raise TimeoutError("deadlock: no timer, no event, and nothing to run")
            return events
        has_sockets = len(self.get_map()) > 1  # one is the loop's own
        wait_s = DEADLOCK_S if self.threads else SOCKET_PATIENCE_S if has_sockets else 0
        events = super().select(wait_s if timeout > 0 else 0)
        if not events and timeout > 0:
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when everything waits, or when a test calls `advance`."""

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

    def advance(self, seconds: float) -> None:
        """Let time pass while the loop stands still, as a long computation would."""
        self.jumping.now += seconds


def run_virtually(work: Coroutine[None, None, T]) -> T:
    """Like `asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def in_virtual_time(scene: Callable[[VirtualLoop, Clock], Awaitable[T]]) -> T:
    """Run a scene with the loop, for `advance`, and a clock that shows the loop's time."""

    async def run() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        return await scene(loop, virtual_clock())

    return run_virtually(run())


def virtual_clock() -> Clock:
    """A clock that shows the running loop's time."""
    loop = asyncio.get_running_loop()
    return Clock(now=lambda: EPOCH + timedelta(seconds=loop.time()), monotonic=loop.time)
