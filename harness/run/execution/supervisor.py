"""A task group that does not cancel siblings when one task fails.

An `asyncio.TaskGroup` would cancel all of them; here the others are answers in flight that are being billed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from harness.core.errors import LocalError
from harness.run.execution.outcome import RunOutcome


class TaskSupervisor:
    """Starts tasks and waits for all of them; `on_error` is told at once of whatever one of them raises."""

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None], *, name: str | None = None) -> None:
        """Start a task."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        # The event loop keeps weak references only (asyncio.create_task): a task held by nobody else may vanish
        # unfinished.
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._on_error(error)

    async def wait_all(self) -> None:
        """Wait for all tasks, also those that they start meanwhile; cancelled, cancel all and wait for their end."""
        try:
            while self._tasks:
                await asyncio.wait(self._tasks)
        except asyncio.CancelledError:
            while self._tasks:
                for task in self._tasks:
                    task.cancel()
                await asyncio.wait(self._tasks)
            raise


@dataclass(slots=True, kw_only=True)
class GentleStop:
    """What an error in one task does to a run: nothing more is sent, what is in flight ends, the first reason is kept.

    Batches that run at a provider are taken up by a later session.
    """

    outcome: RunOutcome
    stop: asyncio.Event
    _bug: BaseException | None = None

    def on_error(self, error: BaseException) -> None:
        """Keep the error and stop: what this machine refused is the outcome's `trouble`, all else a bug."""
        if isinstance(error, LocalError):
            self.outcome.trouble = self.outcome.trouble or str(error)
        else:
            self._bug = self._bug or error
        self.stop.set()

    def raise_bug(self) -> None:
        """Raise the first bug, if there was one: to be called when all that was in flight is safe."""
        if self._bug is not None:
            raise self._bug
