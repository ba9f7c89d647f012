"""What a run shows while it goes on: one live table, plain lines where there is no terminal, or JSON lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Protocol

from harness.cli.session.progress_text import plain_line, status_text
from harness.core.clock import Clock
from harness.core.types import Verdict
from harness.run.execution.progress import Progress

PLAIN_EVERY_S = 10.0


class ProgressDisplay(Protocol):
    """Shows a run's progress while the block runs."""

    def watching(self, progress: Progress, clock: Clock) -> contextlib.AbstractAsyncContextManager[None]:
        """Show until the block ends."""
        ...


def make_progress_display(*, quiet: bool, as_json: bool) -> ProgressDisplay:
    """The screen that fits: none, JSON lines, a live table on a terminal, else plain lines; all on standard error."""
    if quiet:
        return _Quiet()
    if as_json:
        return _Lines(every_s=1.0, as_json=True)
    from harness.cli.session.live_display import live_display  # rich would delay the first request where none is shown

    return live_display() or _Lines(every_s=PLAIN_EVERY_S, as_json=False)


class _Quiet:
    @contextlib.asynccontextmanager
    async def watching(self, progress: Progress, clock: Clock) -> AsyncIterator[None]:
        yield


class _Lines:
    def __init__(self, *, every_s: float, as_json: bool) -> None:
        self._every_s = every_s
        self._as_json = as_json
        self._said: dict[str, str] = {}

    @contextlib.asynccontextmanager
    async def watching(self, progress: Progress, clock: Clock) -> AsyncIterator[None]:
        task = asyncio.create_task(self._print_for_ever(progress, clock))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._print(progress, clock)

    async def _print_for_ever(self, progress: Progress, clock: Clock) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            self._print(progress, clock)

    def _print(self, progress: Progress, clock: Clock) -> None:
        if self._as_json:
            print(json.dumps(_record(progress, clock)), file=sys.stderr, flush=True)
            return
        for model in progress.models.values():
            line = plain_line(progress, model, clock)
            if self._said.get(model.label) != line:  # a model that has nothing new, such as a finished one, is silent
                self._said[model.label] = line
                print(line, file=sys.stderr, flush=True)


def _record(progress: Progress, clock: Clock) -> dict[str, object]:
    return {
        "elapsed_s": round(clock.monotonic() - progress.started, 1),
        "models": {
            model.label: {
                "done": model.done,
                "total": model.total,
                "correct": model.verdicts[Verdict.CORRECT],
                "graded": model.graded,
                "failed": model.failed,
                "errors": model.errors,
                "usd": None if model.usd is None else f"{model.usd:f}",
                "known_usd": f"{model.known_usd:f}",
                "simulated": model.simulated,
                "cost_basis": "gpu time" if model.has_gpu_cost else "tokens",
                "other_models": dict(model.other_models),
                "note": model.note,
                "status": status_text(progress, model, clock),
            }
            for model in progress.models.values()
        },
    }
