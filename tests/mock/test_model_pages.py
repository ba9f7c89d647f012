"""The pages that official clients ask beside answers, asked with OpenAI's own client where it has a call for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp
import openai
import pytest

from harness.mock.testing import RunningMock, simulated
from tests.cases import all_cases
from tests.mock.asking import PROMPT, ask, body_of, with_mock

MODEL = simulated(accuracy=1.0, dialect="generic", context_tokens=40)
ASKED = [{"role": "user", "content": PROMPT}]


def with_client(work: Callable[[openai.AsyncOpenAI], Awaitable[object]], base: str = "/v1", key: str = "any") -> object:
    async def run(mock: RunningMock) -> object:
        async with openai.AsyncOpenAI(base_url=mock.url + base, api_key=key, max_retries=0) as client:
            return await work(client)

    return with_mock(run, [MODEL])


async def answer_of(client: openai.AsyncOpenAI) -> object:
    reply = await client.chat.completions.create(model="mock-model", messages=ASKED)  # type: ignore[arg-type]
    return reply.choices[0].message.content


@all_cases(
    "base",
    ["/v1", "/groq/openai/v1", "/openrouter/api/v1", "/gemini_compat/v1beta/openai", "/zai/api/paas/v4"],
)
def test_clients_that_add_a_vendors_path_are_answered(base: str) -> None:
    assert "42" in str(with_client(answer_of, base))


def test_azure_client_names_the_model_in_the_path() -> None:
    async def run(mock: RunningMock) -> object:
        async with openai.AsyncAzureOpenAI(
            azure_endpoint=mock.url, api_version="2025-04-01-preview", api_key="any", max_retries=0
        ) as client:
            return await answer_of(client)

    assert "42" in str(with_mock(run, [MODEL]))


def test_models_are_listed_and_shown_one_by_one() -> None:
    async def both(client: openai.AsyncOpenAI) -> object:
        listed = [model.id async for model in client.models.list()]
        return listed, (await client.models.retrieve("mock-model")).id

    assert with_client(both) == (["mock-model"], "mock-model")


def test_an_unknown_model_is_not_found() -> None:
    async def one(client: openai.AsyncOpenAI) -> object:
        return await client.models.retrieve("mock-mode")

    with pytest.raises(openai.NotFoundError, match="mock-model"):
        with_client(one)


def test_a_bad_key_is_refused_on_the_model_list_too() -> None:
    async def one(client: openai.AsyncOpenAI) -> object:
        return [model.id async for model in client.models.list()]

    with pytest.raises(openai.AuthenticationError):
        with_client(one, key="wrong-key")


@pytest.mark.slow
@pytest.mark.parametrize("stream", [True, False])
def test_a_response_of_any_model_can_be_fetched_again(stream: bool) -> None:
    async def twice(client: openai.AsyncOpenAI) -> object:
        if not stream:
            first = await client.responses.create(model="mock-model", input=PROMPT)
            return first.output_text, (await client.responses.retrieve(first.id)).output_text
        text, name = "", ""
        async for event in await client.responses.create(model="mock-model", input=PROMPT, stream=True):
            text += event.delta if event.type == "response.output_text.delta" else ""
            name = event.response.id if event.type == "response.completed" else name
        return text, (await client.responses.retrieve(name)).output_text

    texts = with_client(twice)
    assert isinstance(texts, tuple)
    assert texts[0] == texts[1]
    assert "42" in texts[0]


def test_a_response_that_was_not_stored_is_not_found() -> None:
    async def one(client: openai.AsyncOpenAI) -> object:
        made = await client.responses.create(model="mock-model", input=PROMPT, store=False)
        return await client.responses.retrieve(made.id)

    with pytest.raises(openai.NotFoundError):
        with_client(one)


def test_tokens_are_counted_as_they_are_billed() -> None:
    async def both(mock: RunningMock) -> tuple[object, int]:
        body = {"model": "mock-model", "messages": ASKED}
        counted = await ask(mock.url, body, path="/v1/messages/count_tokens")
        await ask(mock.url, body_of(stream=False))
        [entry] = mock.ledger.entries()
        return counted.json()["input_tokens"], entry.tokens.prompt

    counted, billed = with_mock(both, [MODEL])
    assert counted == billed


def test_it_says_that_it_is_up() -> None:
    async def one(mock: RunningMock) -> object:
        async with aiohttp.ClientSession() as session, session.get(f"{mock.url}/health") as response:
            return response.status, await response.json()

    assert with_mock(one) == (200, {"status": "ok"})


@all_cases(
    ("dialect", "said"),
    [
        ("openai", "maximum context length is 40 tokens. However, your messages resulted in 45 tokens"),
        ("anthropic_messages", "45 tokens > 40 maximum"),
        ("vllm", "(45 in the messages, 0 in the completion)"),
        ("moonshot", "exceeded model token limit: 40 (requested: 45)"),
        ("gemini_compat", "The input token count (45) exceeds the maximum number of tokens allowed (40)."),
    ],
)
def test_a_prompt_that_is_too_long_is_refused_in_the_vendors_words(dialect: str, said: str) -> None:
    async def one(mock: RunningMock) -> bytes:
        route = "messages" if dialect == "anthropic_messages" else "chat/completions"
        body = {"model": "mock-model", "max_tokens": 9, "messages": [{"role": "user", "content": "long " * 40}]}
        return (await ask(mock.url, body, path=f"/{dialect}/v1/{route}")).body

    assert said in with_mock(one, [MODEL]).decode()


@pytest.mark.parametrize(
    ("path", "fields", "reason"),
    [
        ("/generic/v1/chat/completions", {"stop": "answer"}, '"finish_reason":"stop"'),
        ("/generic/v1/chat/completions", {"stop": ["never", "answer"]}, '"finish_reason":"stop"'),
        (
            "/anthropic_messages/v1/messages",
            {"stop_sequences": ["answer"], "max_tokens": 500},
            '"stop_reason":"stop_sequence","stop_sequence":"answer"',
        ),
    ],
)
def test_an_answer_ends_before_a_stop_sequence(path: str, fields: dict[str, object], reason: str) -> None:
    async def one(mock: RunningMock) -> str:
        return (await ask(mock.url, {**body_of(stream=False), **fields}, path=path)).body.decode()

    body = with_mock(one, [MODEL])
    assert "Therefore the " in body
    assert "boxed" not in body
    assert reason in body


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
    ],
)
def test_what_is_not_simulated_is_refused(fields: dict[str, object]) -> None:
    async def one(mock: RunningMock) -> tuple[int, bytes, int]:
        answer = await ask(mock.url, {**body_of(), **fields})
        return answer.status, answer.body, len(mock.ledger.entries())

    status, body, billed = with_mock(one, [MODEL])
    assert (status, billed) == (400, 0)
    assert b"does not simulate" in body
