"""The mock as a client sees it: the same answer streamed or whole, usage that adds up, a ledger that agrees."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import aiohttp
import pytest

from harness.mock.testing import RunningMock, simulated
from tests.mock.asking import PROMPT, SAMPLE, ask, body_of, content_of, with_mock
from tests.waiting import until

THINKER = simulated(reasoning_share=0.5, dialect="generic", accuracy=1.0)


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


def test_half_of_the_tokens_are_reasoning_where_its_share_is_a_half() -> None:
    async def one(mock: RunningMock) -> None:
        await ask(mock.url, body_of())
        [entry] = mock.ledger.entries()
        assert entry.tokens.reasoning == entry.tokens.visible

    with_mock(one, [THINKER])


def test_usage_is_left_out_of_a_stream_unless_asked_for() -> None:
    async def one(mock: RunningMock) -> list[dict[str, object]]:
        return (await ask(mock.url, {**body_of(), "stream_options": {}})).events()

    assert not any("usage" in event for event in with_mock(one, [THINKER]))


def test_the_answer_depends_on_the_repeat_and_not_on_order_or_process() -> None:
    async def answers(mock: RunningMock) -> list[str]:
        asked = [ask(mock.url, body_of(), headers={"x-harness-repeat": str(repeat)}) for repeat in (2, 0, 1)]
        two, zero, one = [content_of(answer.events()) for answer in await asyncio.gather(*asked)]
        return [zero, one, two]

    async def in_order(mock: RunningMock) -> list[str]:
        found = []
        for repeat in range(3):
            answer = await ask(mock.url, body_of(), headers={"x-harness-repeat": str(repeat)})
            found.append(content_of(answer.events()))
        return found

    first = with_mock(answers, [THINKER])
    assert first == with_mock(in_order, [THINKER])
    assert len(set(first)) == 3


def test_without_the_runners_headers_each_good_answer_is_a_new_draw_and_a_seed_fixes_it() -> None:
    async def texts(mock: RunningMock) -> tuple[set[str], set[str]]:
        counted = {content_of((await ask(mock.url, body_of())).events()) for _ in range(3)}
        seeded = {content_of((await ask(mock.url, body_of(seed=7))).events()) for _ in range(3)}
        return counted, seeded

    counted, seeded = with_mock(texts, [THINKER])
    assert (len(counted), len(seeded)) == (3, 1)


def test_an_output_limit_cuts_the_answer_and_says_length() -> None:
    async def one(mock: RunningMock) -> None:
        answer = (await ask(mock.url, body_of(stream=False, max_tokens=5))).json()
        choices, usage = answer["choices"], answer["usage"]
        assert isinstance(choices, list)
        assert isinstance(usage, dict)
        assert (choices[0]["finish_reason"], usage["completion_tokens"]) == ("length", 5)

    with_mock(one, [THINKER])


def test_no_answer_is_longer_than_the_model_can_write() -> None:
    async def one(mock: RunningMock) -> int:
        await ask(mock.url, body_of(max_tokens=500))
        return mock.ledger.entries()[0].tokens.completion

    assert with_mock(one, [simulated(answer_tokens={"median": 300}, max_output_tokens=50)]) == 50


def test_a_refusal_and_a_truncation_are_drawn() -> None:
    async def words(mock: RunningMock) -> list[object]:
        found = []
        for name in ("refuses", "cuts"):
            answer = (await ask(mock.url, {**body_of(stream=False), "model": name})).json()
            choices = answer["choices"]
            assert isinstance(choices, list)
            found.append(choices[0]["finish_reason"])
        return found

    models = [simulated("refuses", refuse=1.0), simulated("cuts", truncate=1.0)]
    assert with_mock(words, models) == ["content_filter", "length"]


def test_a_cached_prompt_is_reported_and_billed_as_cached() -> None:
    async def one(mock: RunningMock) -> None:
        usage = (await ask(mock.url, body_of(stream=False))).json()["usage"]
        assert isinstance(usage, dict)
        assert usage["prompt_tokens_details"]["cached_tokens"] == 6  # 9 x 0.75, rounded down
        assert mock.ledger.entries()[0].tokens.cached == 6

    with_mock(one, [simulated(cached_share={"chance": 1.0, "share": 0.75})])


@pytest.mark.parametrize(
    ("fields", "headers", "status", "said"),
    [
        ({"model": "mock-modle"}, {}, 404, "did you mean mock-model?"),
        ({"messages": []}, {}, 400, "at least one message"),
        ({"n": 2}, {}, 400, "n must be 1"),
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


@pytest.mark.parametrize("dialect", ["openai", "gemini_compat", "minimax", "anthropic_messages"])
@pytest.mark.parametrize("speed", [20, 5000])
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
