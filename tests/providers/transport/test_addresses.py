"""The address as it is sent: queries kept, nothing encoded twice, over each backend."""

from __future__ import annotations

import asyncio

from harness.config.address import ascii_address
from tests.cases import all_cases
from tests.providers.calling import BACKENDS, Visit, answer_stream, calling, job, one_attempt, raw_server


@all_cases("backend", BACKENDS)
@all_cases(
    ("dialect", "path", "sent"),
    [
        ("azure", "/openai/deployments/m?api-version=1", "/openai/deployments/m/chat/completions?api-version=1"),
        ("azure", "/d/m/chat/completions?api-version=1", "/d/m/chat/completions?api-version=1"),
        ("openai_responses", "/openai/v1/?api-version=preview", "/openai/v1/responses?api-version=preview"),
        ("generic", "/模型/v1", "/%E6%A8%A1%E5%9E%8B/v1/chat/completions"),
        ("anthropic_messages", "/%E6%A8%A1%E5%9E%8B/v1", "/%E6%A8%A1%E5%9E%8B/v1/messages"),
    ],
)
def test_request_line_holds_the_address(dialect: str, path: str, sent: str, backend: str) -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> bytes:
        async with raw_server(answer) as server, calling(backend) as caller:
            url = ascii_address(server.url.removesuffix("/v1") + path)
            await one_attempt(caller, job(url, backend=backend, dialect=dialect))
            return server.visits[0].head

    assert asyncio.run(run()).split(b"\r\n")[0] == f"POST {sent} HTTP/1.1".encode()
