"""A plain client for the tests of the mock: it sends one request and keeps what came back, also when it broke."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import aiohttp

from harness.core.types import Sample
from harness.mock.scenario import SimulatedModel
from harness.mock.testing import RunningMock, running_mock

T = TypeVar("T")
PROMPT = "What is 20 + 22?"
SAMPLE = Sample(id="sum", prompt=PROMPT, target="42", tags={"difficulty": "easy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, lower-case headers, the bytes that came, and the name of the exception that ended them, if any."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    broke: str | None

    def json(self) -> dict[str, object]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def events(self) -> list[dict[str, object]]:
        """The JSON of every data line but the end mark."""
        lines = self.body.decode().splitlines()
        texts = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        return [json.loads(text) for text in texts if text != "[DONE]"]


def body_of(*, stream: bool = True, **fields: object) -> dict[str, object]:
    body: dict[str, object] = {"model": "mock-model", "messages": [{"role": "user", "content": PROMPT}], **fields}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


async def ask(
    url: str,
    body: Mapping[str, object],
    *,
    path: str = "/v1/chat/completions",
    headers: Mapping[str, str] | None = None,
    session: aiohttp.ClientSession | None = None,
) -> Answer:
    if session is None:
        async with aiohttp.ClientSession() as own:
            return await ask(url, body, path=path, headers=headers, session=own)
    status, seen, data, broke = 0, {}, b"", None
    try:
        async with session.post(url + path, json=body, headers=headers, allow_redirects=False) as response:
            status = response.status
            seen = {name.lower(): value for name, value in response.headers.items()}
            async for part in response.content.iter_any():
                data += part
    except aiohttp.ClientError as error:
        broke = type(error).__name__
    return Answer(status=status, headers=seen, body=data, broke=broke)


def with_mock(
    work: Callable[[RunningMock], Awaitable[T]],
    models: Iterable[SimulatedModel] = (),
    *,
    samples: Iterable[Sample] = (SAMPLE,),
    time_scale: float = 0.0,
) -> T:
    async def run() -> T:
        async with running_mock(models, samples, time_scale=time_scale) as mock:
            return await work(mock)

    return asyncio.run(run())


def content_of(events: list[dict[str, object]]) -> str:
    """The answer text of a chat stream."""
    return "".join(str(delta.get("content") or "") for delta in deltas_of(events))


def deltas_of(events: list[dict[str, object]]) -> list[dict[str, object]]:
    deltas = []
    for event in events:
        choices = event.get("choices")
        if isinstance(choices, list) and choices and "delta" in choices[0]:
            deltas.append(choices[0]["delta"])
    return deltas
