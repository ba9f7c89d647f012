"""Asking the mock in one dialect, and reading its answers off the wire, not by the harness's own dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from harness.mock.billing import LedgerEntry
from harness.mock.formats.known import FORMATS
from harness.mock.testing import RunningMock, price_of, simulated
from tests.mock.asking import PROMPT, Answer, ask, body_of, with_mock

Object: TypeAlias = dict[str, object]
PRICE = price_of("mock-model", prompt="2", cached="0.5", cache_write="2.5", completion="10")
THINKER = simulated(
    price=PRICE,
    accuracy=1.0,
    reasoning_share=0.4,
    cached_share={"chance": 1.0, "share": 0.5},
    answer_tokens={"median": 40},
)


def request_for(dialect: str, *, stream: bool) -> Object:
    if FORMATS[dialect].route == "responses":
        return {"model": "mock-model", "input": PROMPT, "stream": stream}
    if FORMATS[dialect].route == "messages":
        return {**body_of(stream=False), "max_tokens": 1000, "stream": stream}
    return body_of(stream=stream)


async def speak(mock: RunningMock, dialect: str, body: Mapping[str, object]) -> Answer:
    return await ask(mock.url, body, path=f"/{dialect}/v1/{FORMATS[dialect].route}")


def one_answer(dialect: str, *, stream: bool, model: object = THINKER, **fields: object) -> tuple[Answer, LedgerEntry]:
    async def one(mock: RunningMock) -> tuple[Answer, LedgerEntry]:
        answer = await speak(mock, dialect, {**request_for(dialect, stream=stream), **fields})
        assert answer.status == 200, answer.body
        [entry] = mock.ledger.entries()
        return answer, entry

    return with_mock(one, [model])  # type: ignore[list-item]


def get(value: object, path: str) -> object:
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else cast(Object, value).get(name)
        if value is None:
            return None
    return value


def count(value: object, path: str) -> int:
    found = get(value, path)
    assert isinstance(found, int), f"{path} in {value}"
    return found
