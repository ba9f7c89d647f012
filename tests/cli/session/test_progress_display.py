"""What the plain progress lines say while a run goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from harness.cli.session.progress_display import make_progress_display
from harness.core.clock import Clock
from harness.run.execution.progress import JobWait, ModelProgress, Progress


def test_a_finished_model_has_no_speed_and_is_not_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    done = ModelProgress(label="acme/done", simulated=False, total=1, done=1, completion_tokens=500)
    slow = ModelProgress(label="acme/slow", simulated=False, total=2, done=1, completion_tokens=500)
    progress = Progress(models={"acme/done": done, "acme/slow": slow}, started=0.0, budget_usd=None)
    display = make_progress_display(quiet=False, as_json=False)

    async def watched_until(seconds: float) -> None:
        async with display.watching(progress, Clock(monotonic=lambda: seconds)):
            pass  # the lines are written when the block ends

    asyncio.run(watched_until(10.0))
    asyncio.run(watched_until(20.0))
    assert capsys.readouterr().err.splitlines() == [
        "acme/done  done 1/1  $ 0.00",
        "acme/slow  done 1/2  $ 0.00  ETA 10 s  total tok/s 50",
        "acme/slow  done 1/2  $ 0.00  ETA 20 s  total tok/s 25",
    ]


def test_json_lines_hold_the_known_dollars_and_what_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    model = ModelProgress(label="acme/one", simulated=False, total=2, done=1, known_usd=Decimal("0.25"), unpriced=1)
    model.on_wait("key", JobWait(reason="budget"))
    progress = Progress(models={"acme/one": model}, started=0.0, budget_usd=None)
    display = make_progress_display(quiet=False, as_json=True)

    async def watched() -> None:
        async with display.watching(progress, Clock(monotonic=lambda: 4.0)):
            pass

    asyncio.run(watched())
    record = json.loads(capsys.readouterr().err)["models"]["acme/one"]
    assert (record["usd"], record["known_usd"], record["status"]) == (None, "0.25", "waits for budget")


def terminal_output(columns: int, models: int) -> str:
    """What a terminal of so many columns got from a live display of a second."""
    code = f"""
import asyncio
from harness.cli.session.progress_display import make_progress_display
from harness.core.clock import SYSTEM_CLOCK
from harness.run.execution.progress import ModelProgress, Progress
names = [f"a-provider-with-a-name/a-model-with-a-very-long-name-number-{{n}}@high" for n in range({models})]
models = {{name: ModelProgress(label=name, simulated=True, total=12345, done=6789, answered=6789) for name in names}}
for model in models.values():
    model.verdicts.update(["x"])
progress = Progress(models=models, started=SYSTEM_CLOCK.monotonic() - 300, budget_usd=None)
async def main():
    async with make_progress_display(quiet=False, as_json=False).watching(progress, SYSTEM_CLOCK):
        await asyncio.sleep(0.6)
asyncio.run(main())
"""
    master, slave = pty.openpty()
    environ = {**os.environ, "COLUMNS": str(columns), "LINES": "40", "TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave, env=environ)
    os.close(slave)
    seen = b""
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal is an error on Linux
        while piece := os.read(master, 65536):
            seen += piece
    os.close(master)
    assert process.wait() == 0, seen
    return seen.decode()


@pytest.mark.slow
def test_terminal_of_80_columns_shows_done_dollars_and_eta_of_long_names() -> None:
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", terminal_output(80, models=2)).splitlines()
    rows = [line.rstrip() for line in lines if "6,789/12,345" in line]
    assert rows
    for row in rows:
        assert len(row) <= 80
        assert "a-prov" in row
        assert "@high" in row
        assert "0.00" in row
        assert re.search(r"\d min \d\d s", row)  # 300 s for 6,789, 5,556 are left: about 4 min
