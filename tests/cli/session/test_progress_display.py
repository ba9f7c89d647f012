"""What the plain progress lines say while a run goes on."""

from __future__ import annotations

import asyncio

import pytest

from harness.cli.session.progress_display import make_progress_display
from harness.core.clock import Clock
from harness.run.execution.progress import ModelProgress, Progress


def test_a_finished_model_has_no_speed_and_is_not_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    done = ModelProgress(label="acme/done", simulated=False, total=1, done=1, completion_tokens=500)
    slow = ModelProgress(label="acme/slow", simulated=False, total=2, done=1, completion_tokens=500)
    progress = Progress(models={"acme/done": done, "acme/slow": slow}, started=0.0, budget_usd=None)
    screen = make_progress_display(quiet=False, as_json=False)

    async def watched_until(seconds: float) -> None:
        async with screen.watching(progress, Clock(monotonic=lambda: seconds)):
            pass  # the lines are written when the block ends

    asyncio.run(watched_until(10.0))
    asyncio.run(watched_until(20.0))
    assert capsys.readouterr().err.splitlines() == [
        "acme/done  done 1/1  $ 0.00",
        "acme/slow  done 1/2  $ 0.00  total tok/s 50  ETA 10 s",
        "acme/slow  done 1/2  $ 0.00  total tok/s 25  ETA 20 s",
    ]
