"""Compression that nobody asked for is read, in every coding that servers send and in both backends."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable

import brotli
from backports import zstd

from harness.core.types import Attempt, Completion
from tests.cases import all_cases
from tests.providers.calling import (
    BACKENDS,
    DONE,
    STOP,
    USAGE,
    Visit,
    calling,
    content,
    job,
    one_attempt,
    raw_server,
    whole,
)

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
STREAM = content("42") + STOP + USAGE + DONE


@all_cases("backend", BACKENDS)
@all_cases("coding", CODINGS)
def test_coding_sent_unasked_loses_no_answer(coding: str, backend: str) -> None:
    heads: list[bytes] = []

    async def answer(visit: Visit) -> None:
        heads.append(visit.head)
        headers = {"Content-Type": "text/event-stream", "Content-Encoding": coding}
        await visit.send(whole(CODINGS[coding](STREAM), headers))

    async def run() -> Attempt:
        async with raw_server(answer) as server, calling(backend) as caller:
            return await one_attempt(caller, job(server.url, backend=backend))

    made = asyncio.run(run())
    assert isinstance(made, Completion), made
    assert made.text == "42"
    assert made.usage is not None
    assert made.usage.completion_tokens == 2
    assert b"accept-encoding: identity\r\n" in heads[0].lower()
