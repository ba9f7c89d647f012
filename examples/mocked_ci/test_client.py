"""Tests of the client against the mock server: real sockets, scripted faults, a ledger of what was billed."""

import asyncio

import openai
import pytest
from client import ask

from harness.testing import running_mock, simulated

RATE_LIMITED = {"error": "rate_limit", "retry_after_s": 0}


def test_asks_again_after_a_rate_limit_and_is_billed_once() -> None:
    async def scene() -> None:
        async with running_mock([simulated("my-model")]) as mock:
            mock.script([RATE_LIMITED, {"answer": "It is 42."}])
            answer = await asyncio.to_thread(ask, mock.base_url("openai"), "my-model", "What is 6 x 7?")
            assert answer == "It is 42."
            assert len(mock.requests) == 2
            assert len(mock.ledger.entries()) == 1

    asyncio.run(scene())


def test_gives_up_after_three_refusals_and_is_billed_nothing() -> None:
    async def scene() -> None:
        async with running_mock([simulated("my-model")]) as mock:
            mock.script([RATE_LIMITED] * 3)
            with pytest.raises(openai.RateLimitError):
                await asyncio.to_thread(ask, mock.base_url("openai"), "my-model", "What is 6 x 7?")
            assert mock.ledger.total() == 0

    asyncio.run(scene())
