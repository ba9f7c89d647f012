"""The mock as a client sees it: the same answer streamed or whole, usage that adds up, a ledger that agrees."""

from __future__ import annotations

import json
from decimal import Decimal

import aiohttp
import pytest

from harness.mock.testing import RunningMock, simulated
from tests.cases import all_cases
from tests.mock.asked_server import THINKER
from tests.mock.asking import PROMPT, SAMPLE, ask, body_of, with_mock


@pytest.mark.parametrize("stream", [True, False])
def test_the_ledger_bills_the_tokens_that_usage_states(stream: bool) -> None:
    async def one(mock: RunningMock) -> None:
        answer = await ask(mock.url, body_of(stream=stream))
        usage = answer.events()[-1]["usage"] if stream else answer.json()["usage"]
        [entry] = mock.ledger.entries()
        assert isinstance(usage, dict)
        assert usage["prompt_tokens"] == entry.tokens.prompt == 9  # five pieces and four for the message
        assert usage["completion_tokens"] == entry.tokens.completion
        assert usage["completion_tokens_details"] == {"reasoning_tokens": entry.tokens.reasoning}
        # the test's model costs $1 and $4 per million tokens
        assert entry.bill.usd == (9 + 4 * Decimal(entry.tokens.completion)) / 1_000_000
        assert (entry.sample_id, entry.outcome, entry.is_correct) == ("sum", "complete", True)

    with_mock(one, [THINKER])


def test_usage_is_left_out_of_a_stream_unless_asked_for() -> None:
    async def one(mock: RunningMock) -> list[dict[str, object]]:
        return (await ask(mock.url, {**body_of(), "stream_options": {}})).events()

    assert not any("usage" in event for event in with_mock(one, [THINKER]))


def test_a_cached_prompt_is_reported_and_billed_as_cached() -> None:
    async def one(mock: RunningMock) -> None:
        usage = (await ask(mock.url, body_of(stream=False))).json()["usage"]
        assert isinstance(usage, dict)
        assert usage["prompt_tokens_details"]["cached_tokens"] == 6  # 9 x 0.75, rounded down
        assert mock.ledger.entries()[0].tokens.cached == 6

    with_mock(one, [simulated(cached_share={"chance": 1.0, "share": 0.75})])


@all_cases(
    ("fields", "headers", "status", "said"),
    [
        ({"model": "mock-modle"}, {}, 404, "did you mean mock-model?"),
        ({"messages": []}, {}, 400, "at least one message"),
        ({"n": 2}, {}, 400, "n must be 1"),
        ({"logprobs": True}, {}, 400, "logprobs is not simulated"),
        ({}, {"authorization": "Bearer wrong-key"}, 401, "Incorrect API key"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_and_not_billed(
    fields: dict[str, object], headers: dict[str, str], status: int, said: str
) -> None:
    async def one(mock: RunningMock) -> None:
        answer = await ask(mock.url, {**body_of(), **fields}, headers=headers)
        assert answer.status == status
        assert said in answer.body.decode()
        assert mock.ledger.entries() == []

    with_mock(one)


def test_a_prompt_longer_than_the_context_is_refused() -> None:
    async def one(mock: RunningMock) -> bytes:
        return (await ask(mock.url, body_of())).body

    assert b"context_length_exceeded" in with_mock(one, [simulated(context_tokens=8)])


def test_an_unknown_dialect_names_the_nearest() -> None:
    async def one(mock: RunningMock) -> tuple[int, str]:
        answer = await ask(mock.url, body_of(), path="/opnai/v1/chat/completions")
        return answer.status, answer.body.decode()

    status, said = with_mock(one)
    assert status == 404
    assert "did you mean openai" in said


def test_what_was_received_is_shown_without_the_key() -> None:
    async def one(mock: RunningMock) -> str:
        await ask(mock.url, body_of(), headers={"authorization": "Bearer sk-planted", "x-harness-repeat": "3"})
        async with aiohttp.ClientSession() as session, session.get(mock.url + "/_requests") as response:
            return await response.text()

    shown = with_mock(one)
    request = json.loads(shown)["requests"][0]
    assert "sk-planted" not in shown
    assert (request["headers"]["authorization"], request["headers"]["x-harness-repeat"]) == ("present", "3")
    assert PROMPT in request["body"]


def test_models_and_ledger_have_pages() -> None:
    async def one(mock: RunningMock) -> tuple[object, object]:
        await ask(mock.url, body_of(stream=False))
        async with aiohttp.ClientSession() as session:
            async with session.get(mock.url + "/v1/models") as response:
                models = await response.json()
            async with session.get(mock.url + "/_ledger") as response:
                ledger = await response.json()
        assert ledger["total_usd"] == str(mock.ledger.total())
        return [row["id"] for row in models["data"]], ledger["entries"][0]["sample_id"]

    assert with_mock(one) == (["mock-model"], SAMPLE.id)


def test_drawn_faults_give_errors_that_are_not_billed() -> None:
    async def statuses(mock: RunningMock) -> list[int]:
        names = ("limited", "broken", "overloaded")
        found = [(await ask(mock.url, {**body_of(), "model": name})).status for name in names]
        assert mock.ledger.entries() == []
        return found

    models = [
        simulated("limited", faults={"rate_limit": 1.0}),
        simulated("broken", faults={"server_error": 1.0}),
        simulated("overloaded", faults={"overloaded": 1.0}),
    ]
    assert with_mock(statuses, models) == [429, 500, 503]
