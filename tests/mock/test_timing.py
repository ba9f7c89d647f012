"""Simulated times are kept: the ledger's own stamps say so, and so does a client."""

from __future__ import annotations

import asyncio

import pytest

from harness.mock.testing import RunningMock, simulated
from tests.mock.asking import ask, body_of, with_mock

# 0.1 s, then 21 tokens at 100/s: the last of them is due 20 x 0.01 = 0.2 s after the first
MODEL = simulated(dialect="generic", ttft_s={"median": 0.1}, tokens_per_s=100)
WORDS = "word " * 20 + "end"
TOLERANCE_S = 30  # a loaded machine; an idle one needs 0.002


@pytest.mark.parametrize("stream", [True, False])
def test_first_token_and_last_byte_leave_when_they_are_due(stream: bool) -> None:
    async def one(mock: RunningMock) -> None:
        mock.script([{"answer": WORDS}])
        loop = asyncio.get_running_loop()
        began = loop.time()
        await ask(mock.url, body_of(stream=stream))
        took = loop.time() - began
        [entry] = mock.ledger.entries()
        assert entry.tokens.visible == 21
        assert 0.3 <= entry.last_byte_s - entry.received_s < 0.3 + TOLERANCE_S
        assert took >= 0.3
        if stream:
            assert entry.first_token_s is not None
            assert 0.0995 <= entry.first_token_s - entry.received_s < 0.1 + TOLERANCE_S

    with_mock(one, [MODEL], time_scale=1.0)


def test_the_time_scale_stretches_simulated_times() -> None:
    async def one(mock: RunningMock) -> float:
        mock.script([{"answer": WORDS}])
        await ask(mock.url, body_of())
        [entry] = mock.ledger.entries()
        return entry.last_byte_s - entry.received_s

    assert 0.6 <= with_mock(one, [MODEL], time_scale=2.0) < 0.6 + TOLERANCE_S


def test_hidden_reasoning_delays_the_first_visible_token() -> None:
    async def one(mock: RunningMock) -> None:
        await ask(mock.url, body_of(), path="/openai/v1/chat/completions")
        [entry] = mock.ledger.entries()
        assert entry.first_token_s is not None
        # the shortest right answer has 10 tokens, as many are reasoned before: 10 at 100/s are 0.1 s
        assert entry.tokens.reasoning == 10
        assert entry.first_token_s - entry.received_s >= 0.099

    model = simulated(
        reasoning_share=0.5, answer_tokens={"median": 1}, ttft_s={"median": 0.0}, tokens_per_s=100, accuracy=1
    )
    with_mock(one, [model], time_scale=1.0)


def test_fast_tokens_share_chunks_and_none_is_lost() -> None:
    async def one(mock: RunningMock) -> None:
        mock.script([{"answer": WORDS}])
        events = (await ask(mock.url, body_of())).events()
        texts = [event["choices"][0]["delta"].get("content") for event in events if event["choices"]]  # type: ignore[index]
        written = [text for text in texts if text]
        # at 500/s twenty milliseconds hold 10 tokens: 1 alone, then 10 and 10
        assert len(written) == 3
        assert "".join(written) == WORDS

    with_mock(one, [simulated(dialect="generic", tokens_per_s=500)])
