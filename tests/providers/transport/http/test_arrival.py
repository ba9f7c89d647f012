"""Stamps of the kernel, on a real connection."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest

from harness.core.types import Completion
from tests.providers.calling import Visit, answer_stream, calling, job, one_attempt, raw_server

BLOCKED_S = 0.02
TRIALS = 50
"""The kernel begins to stamp packets a moment after the first socket asks for it."""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's stamps are Linux's")
def test_first_text_that_waits_for_the_event_loop_is_stamped_when_it_came() -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(answer_stream())
        threading.Event().wait(BLOCKED_S)  # in the same loop: the client comes to read after it

    async def is_stamped(url: str) -> bool:
        async with calling() as caller:
            began = time.perf_counter()
            attempt = await one_attempt(caller, job(url))
            passed_s = time.perf_counter() - began
        assert isinstance(attempt, Completion), attempt
        assert attempt.timing.ttft_s is not None
        return 0.0 < attempt.timing.ttft_s <= passed_s - BLOCKED_S

    async def run() -> bool:
        async with raw_server(answer) as server:
            for _ in range(TRIALS):
                if await is_stamped(server.url):
                    return True
        return False

    assert asyncio.run(run())
