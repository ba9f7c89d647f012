"""What a run shows while it goes on: one live table, plain lines where there is no terminal, or JSON lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.core.clock import Clock
from harness.core.durations import duration_text
from harness.core.types import Verdict
from harness.pricing.exact import exact_sum
from harness.report.render.mode import mark_simulated
from harness.report.render.number_format import dollars as dollars_text
from harness.report.render.number_format import percent
from harness.run.execution.progress import ModelProgress, Progress
from harness.stats.intervals import quantile, wilson

LIVE_EVERY_S = 0.25
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
    console = Console(stderr=True)
    return _Live(console) if console.is_terminal else _Lines(every_s=PLAIN_EVERY_S, as_json=False)


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
            words = "  ".join(f"{title} {text}" for title, text in _cells(progress, model, clock)[1:] if text)
            if self._said.get(model.label) != words:  # a model that has nothing new, such as a finished one, is silent
                self._said[model.label] = words
                print(f"{_name(model)}  {words}", file=sys.stderr, flush=True)


class _Live:
    def __init__(self, console: Console) -> None:
        self._console = console

    @contextlib.asynccontextmanager
    async def watching(self, progress: Progress, clock: Clock) -> AsyncIterator[None]:
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            task = asyncio.create_task(self._draw_for_ever(live, progress, clock))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _draw_for_ever(self, live: Live, progress: Progress, clock: Clock) -> None:
        while True:
            live.update(_table(progress, clock), refresh=True)
            await asyncio.sleep(LIVE_EVERY_S)


def _table(progress: Progress, clock: Clock) -> Table:
    spent = [model.usd for model in progress.models.values() if model.usd is not None]
    known = exact_sum(spent) if len(spent) == len(progress.models) else None
    ceiling = "" if progress.budget_usd is None else f" of ${dollars_text(progress.budget_usd)}"
    elapsed = clock.monotonic() - progress.started
    table = Table(box=None, pad_edge=False, caption=f"${dollars_text(known)}{ceiling} spent · {duration_text(elapsed)}")
    table.caption_justify = "left"
    rows = [_cells(progress, model, clock) for model in progress.models.values()]
    for title, _ in rows[0]:
        table.add_column(title, justify="left" if title in ("model", "failed attempts") else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(text) for _, text in row))
    return table


def _cells(progress: Progress, model: ModelProgress, clock: Clock) -> list[tuple[str, str]]:
    elapsed = clock.monotonic() - progress.started
    gate = progress.rate_limiters.get(model.label)
    return [
        ("model", _name(model)),
        ("done", f"{model.done}/{model.total}"),
        ("accuracy so far", _accuracy(model)),
        ("$", dollars_text(model.usd) + (" +?" if model.unknown else "")),
        ("total tok/s", _rate(model, elapsed)),
        ("TTFT", f"{quantile(model.ttft_s, 0.5):.2f}" if model.ttft_s else ""),
        ("in flight", "" if gate is None else f"{gate.in_flight}/{gate.limit}"),
        ("ETA", _eta(model, elapsed)),
        ("failed attempts", model.note or _causes(model)),
    ]


def _name(model: ModelProgress) -> str:
    return mark_simulated(model.label, simulated=model.simulated)


def _accuracy(model: ModelProgress) -> str:
    if not model.graded:
        return ""
    correct = model.verdicts[Verdict.CORRECT]
    low, high = wilson(correct, model.graded)
    return f"{percent(correct / model.graded)}% [{percent(low)}, {percent(high)}]"


def _rate(model: ModelProgress, elapsed: float) -> str:
    """Tokens of all requests in flight, a second; of a finished model nothing, for its time goes on without it."""
    return f"{model.completion_tokens_now / elapsed:.0f}" if elapsed > 0 and model.remaining else ""


def _causes(model: ModelProgress) -> str:
    return ", ".join(f"{count} {kind.value}" for kind, count in model.causes.most_common(3))


def _eta(model: ModelProgress, elapsed: float) -> str:
    if model.note or not model.remaining or not model.done_now:
        return ""
    return duration_text(elapsed / model.done_now * model.remaining)


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
                "usd": None if model.usd is None else f"{model.usd:f}",
                "simulated": model.simulated,
                "note": model.note,
            }
            for model in progress.models.values()
        },
    }
