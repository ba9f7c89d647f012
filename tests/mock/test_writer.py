"""How the mock writes an answer, and what a client that leaves is billed."""

from __future__ import annotations

from decimal import Decimal

import aiohttp
import pytest

from harness.mock.testing import RunningMock, simulated
from tests.cases import all_cases
from tests.mock.asked_server import THINKER
from tests.mock.asking import ask, body_of, content_of, with_mock
from tests.waiting import until


def test_a_streamed_answer_is_the_whole_answer() -> None:
    async def both(mock: RunningMock) -> tuple[str, object]:
        named = {"x-harness-repeat": "0", "x-harness-attempt": "0"}
        streamed = await ask(mock.url, body_of(), headers=named)
        whole = (await ask(mock.url, body_of(stream=False), headers=named)).json()
        choices = whole["choices"]
        assert isinstance(choices, list)
        return content_of(streamed.events()), choices[0]["message"]["content"]

    streamed, whole = with_mock(both, [THINKER])
    assert streamed == whole
    assert streamed.endswith(r"\boxed{42}.")


@pytest.mark.parametrize("fault", ["truncate_stream", "reset", "stall"])
def test_a_drawn_break_is_billed_for_what_was_generated(fault: str) -> None:
    async def one(mock: RunningMock) -> None:
        answer = await ask(mock.url, body_of())
        [entry] = mock.ledger.entries()
        assert answer.broke is not None
        assert b"[DONE]" not in answer.body
        assert entry.outcome == "cut"
        # every sum is 20 tokens or more; a break comes before the last
        assert 0 < entry.tokens.completion < 120
        assert entry.bill.usd == (9 + 4 * Decimal(entry.tokens.completion)) / 1_000_000

    with_mock(one, [simulated(answer_tokens={"median": 120}, faults={fault: 1.0, "stall_s": 0.1})])


@all_cases("dialect", ["openai", "gemini_compat", "minimax", "anthropic_messages"])
@all_cases("speed", [20, 5000])
def test_a_drawn_break_happens_whatever_the_chunks_are(dialect: str, speed: int) -> None:
    path = "/messages" if dialect == "anthropic_messages" else "/chat/completions"

    async def one(mock: RunningMock) -> None:
        answer = await ask(mock.url, body_of(max_completion_tokens=5), path=f"/{dialect}/v1{path}")
        assert answer.broke is not None

    async def native(mock: RunningMock) -> None:
        body = {**body_of(stream=False), "stream": True, "max_tokens": 5}
        assert (await ask(mock.url, body, path=f"/{dialect}/v1{path}")).broke is not None

    model = simulated(tokens_per_s=speed, faults={"truncate_stream": 1.0})
    with_mock(native if dialect == "anthropic_messages" else one, [model])


def test_a_client_that_leaves_is_billed_for_what_was_generated_by_then() -> None:
    async def one(mock: RunningMock) -> None:
        async with aiohttp.ClientSession() as session:
            response = await session.post(mock.url + "/v1/chat/completions", json=body_of())
            await response.content.readany()
            response.close()
        await until(mock.ledger.entries, "an entry in the ledger")
        [entry] = mock.ledger.entries()
        assert entry.outcome == "client_gone"
        assert 0 < entry.tokens.completion < 500

    model = simulated(answer_tokens={"median": 500}, ttft_s={"median": 0.0}, tokens_per_s=50)
    with_mock(one, [model], time_scale=1.0)
