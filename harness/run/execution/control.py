"""Carries out what `harness control` asks of a run in progress, and says in the run's control.jsonl what was done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import assert_never

from harness.core.clock import Clock
from harness.core.errors import LocalError
from harness.core.plurals import counted
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.store.control import ControlCommand, ControlReader, ControlReply, append_control
from harness.store.run_dir import RunDir

POLL_S = 0.25


@contextlib.asynccontextmanager
async def following_control(
    run: RunDir, reader: ControlReader, limiters: Mapping[str, RateLimiter], clock: Clock
) -> AsyncIterator[None]:
    """Carry out commands while the block runs; `limiters` by label."""
    task = asyncio.create_task(_follow(run, reader, limiters, clock), name="control")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _follow(run: RunDir, reader: ControlReader, limiters: Mapping[str, RateLimiter], clock: Clock) -> None:
    while True:
        for line in reader.new_lines():
            if isinstance(line, ControlCommand):
                done = tuple(
                    f"{label}: {_carry_out(line, limiters[label])}" for label in line.models if label in limiters
                )
                with contextlib.suppress(LocalError):  # a full disk: the command is carried out all the same
                    append_control(run.path, ControlReply(id=line.id, at=clock.now(), done=done))
        await asyncio.sleep(POLL_S)


def _carry_out(command: ControlCommand, limiter: RateLimiter) -> str:
    """Do it, and say what holds now."""
    if limiter.breaker.stopped is not None:
        return f"stopped in this session ({limiter.breaker.stopped.why}); resume the run to ask it again"
    match command.action:
        case "pause":
            limiter.pause_by_hand(is_paused=True)
            going = counted(limiter.in_flight, "request")
            return f"paused; {going} in flight will be finished" if limiter.in_flight else "paused"
        case "resume":
            limiter.pause_by_hand(is_paused=False)
            return "resumed"
        case "limit":
            limiter.set_limit(command.limit)
            if command.limit is None:
                return f"no limit by hand any more; {limiter.limit} in flight allowed now"
            return f"at most {counted(command.limit, 'request')} in flight"
        case _:
            assert_never(command.action)
