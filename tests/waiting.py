"""Waiting for something that another process or task does, without a fixed sleep. Not a test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 240.0
"""Below the limit of a test (pyproject.toml), so that what never came is named; no machine is this slow."""
POLL_S = 0.02


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as the condition holds; AssertionError that names `what` if it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(POLL_S)


async def until(condition: Callable[[], object], what: str) -> None:
    """Like `wait_until`, while other tasks of the loop run."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(POLL_S)
