"""The live table of a run on a terminal, by rich."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from rich.console import Console
from rich.live import Live
from rich.text import Text

from harness.cli.session.progress_text import table_lines
from harness.core.clock import Clock
from harness.run.execution.progress import Progress

LIVE_EVERY_S = 0.25


class LiveDisplay:
    """One table of all models, drawn again and again."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextlib.asynccontextmanager
    async def watching(self, progress: Progress, clock: Clock) -> AsyncIterator[None]:
        """Show until the block ends."""
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            task = asyncio.create_task(self._draw_for_ever(live, progress, clock))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _draw_for_ever(self, live: Live, progress: Progress, clock: Clock) -> None:
        while True:
            lines = table_lines(progress, clock, self._console.width)
            live.update(Text("\n".join(lines), no_wrap=True, overflow="crop"), refresh=True)
            await asyncio.sleep(LIVE_EVERY_S)


def live_display() -> LiveDisplay | None:
    """A live table on standard error; None where that is no terminal."""
    console = Console(stderr=True)
    return LiveDisplay(console) if console.is_terminal else None
