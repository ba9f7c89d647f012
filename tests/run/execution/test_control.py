"""What the commands of `harness control` do to the limiters of a run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import EndpointLimits
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.run.execution.control import following_control
from harness.store.control import Action, ControlCommand, ControlReader, ControlReply, append_control
from harness.store.run_dir import RunDir

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


async def replies(folder: Path, limiters: dict[str, RateLimiter], *commands: ControlCommand) -> list[ControlReply]:
    """What a run says to these commands."""
    seen, own = ControlReader(folder), ControlReader(folder)
    found: list[ControlReply] = []
    async with asyncio.timeout(60), following_control(RunDir(folder), own, limiters, SYSTEM_CLOCK):
        for command in commands:
            append_control(folder, command)
        while len(found) < len(commands):
            await asyncio.sleep(0.01)
            found += [line for line in seen.new_lines() if isinstance(line, ControlReply)]
    return found


def command(number: int, action: Action, *models: str, limit: int | None = None) -> ControlCommand:
    return ControlCommand(id=str(number), at=NOON, action=action, models=models, limit=limit)


def test_commands_change_the_limiters_they_name(tmp_path: Path) -> None:
    async def run() -> None:
        limiters = {name: RateLimiter(EndpointLimits(max_concurrency=8), SYSTEM_CLOCK) for name in ("p/a", "p/b")}
        paused = command(1, "pause", "p/a", "p/b"), command(2, "resume", "p/b"), command(3, "limit", "p/b", limit=3)
        said = await replies(tmp_path, limiters, *paused)
        assert [one.id for one in said] == ["1", "2", "3"]
        assert [one.done for one in said] == [
            ("p/a: paused", "p/b: paused"),
            ("p/b: resumed",),
            ("p/b: at most 3 requests in flight",),
        ]
        assert (limiters["p/a"].is_paused_by_hand, limiters["p/b"].is_paused_by_hand) == (True, False)
        assert (limiters["p/a"].limit, limiters["p/b"].limit) == (8, 3)
        (back,) = await replies(tmp_path, limiters, command(4, "limit", "p/b"))
        assert back.done == ("p/b: no limit by hand any more; 8 in flight allowed now",)

    asyncio.run(run())


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_stopped_endpoint_says_that_it_stays_stopped(action: Action, tmp_path: Path) -> None:
    async def run() -> ControlReply:
        limiter = RateLimiter(EndpointLimits(), SYSTEM_CLOCK)
        limiter.breaker.stop("no money")
        (reply,) = await replies(tmp_path, {"p/a": limiter}, command(1, action, "p/a"))
        return reply

    assert asyncio.run(run()).done == ("p/a: stopped in this session (no money); resume the run to ask it again",)
