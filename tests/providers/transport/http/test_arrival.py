"""Stamps of the kernel, on a real connection."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest

from harness.core.types import Completion
from tests.providers.calling import Visit, answer_stream, calling, job, one_attempt, raw_server

BLOCKED_S = 0.05


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's stamps are Linux's")
def test_first_text_that_waits_for_the_event_loop_is_stamped_when_it_came() -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(answer_stream())
        threading.Event().wait(BLOCKED_S)  # in the same loop: the client comes to read after it

    async def run() -> tuple[float, float]:
        async with raw_server(answer) as server, calling() as caller:
            began = time.perf_counter()
            attempt = await one_attempt(caller, job(server.url))
            passed_s = time.perf_counter() - began
        assert isinstance(attempt, Completion), attempt
        assert attempt.timing.ttft_s is not None
        return attempt.timing.ttft_s, passed_s

    ttft_s, passed_s = asyncio.run(run())
    assert 0.0 < ttft_s <= passed_s - BLOCKED_S
