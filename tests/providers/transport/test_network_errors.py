"""What went wrong on the way has a cause with a name."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from harness.core.types import Completion, EndpointLimits, Failure, FailureKind
from tests.cases import all_cases
from tests.providers.calling import (
    DONE,
    OK_STREAM,
    QUICK,
    STOP,
    USAGE,
    Visit,
    calling,
    content,
    job,
    one_attempt,
    raw_server,
)
from tests.virtual_time import run_virtually, virtual_clock

K = FailureKind


@all_cases(
    ("limits", "pause_s", "kind", "ends_s"),  # virtual seconds; an attempt ends with its last byte if it has one
    [
        (replace(QUICK, first_byte_timeout_s=10), (150, 0, 0), K.FIRST_BYTE_TIMEOUT, 10),
        (replace(QUICK, first_byte_timeout_s=40), (20, 150, 0), K.FIRST_BYTE_TIMEOUT, 40),  # counted from the sending
        (replace(QUICK, between_chunks_timeout_s=10), (0, 0, 150), K.READ_TIMEOUT, 0),
        (replace(QUICK, total_timeout_s=20), (150, 0, 0), K.TOTAL_TIMEOUT, 20),
        (replace(QUICK, total_timeout_s=20), (0, 150, 0), K.TOTAL_TIMEOUT, 20),
        (replace(QUICK, total_timeout_s=20), (0, 0, 150), K.TOTAL_TIMEOUT, 0),
        (replace(QUICK, first_byte_timeout_s=40, between_chunks_timeout_s=40), (10, 10, 30), None, 50),
    ],
)
def test_each_timeout_is_named(
    limits: EndpointLimits, pause_s: tuple[float, ...], kind: FailureKind | None, ends_s: float
) -> None:
    async def slow(visit: Visit) -> None:
        await asyncio.sleep(pause_s[0])
        await visit.send(OK_STREAM)
        await asyncio.sleep(pause_s[1])
        await visit.send_chunk(content("4"))
        await asyncio.sleep(pause_s[2])
        await visit.send_chunk(content("2") + STOP + USAGE + DONE)
        await visit.send_chunk(b"")

    async def run() -> None:
        async with raw_server(slow) as server, calling(clock=virtual_clock()) as caller:
            attempt = await one_attempt(caller, job(server.url, limits=limits))
        if kind is None:
            assert isinstance(attempt, Completion)
        else:
            assert isinstance(attempt, Failure)
            assert attempt.kind is kind
        assert attempt.timing.total_s == pytest.approx(ends_s, abs=0.1)

    run_virtually(run())
