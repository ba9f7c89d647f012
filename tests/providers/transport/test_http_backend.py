"""The default backend on the wire: exact bytes, stamps taken at arrival, timeouts, proxies, connections."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Attempt, Completion, EndpointLimits, Failure, FailureKind
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.http_backend import HttpBackend
from harness.providers.transport.timing import Stopwatch
from tests.cases import all_cases
from tests.providers.calling import (
    BACKENDS,
    DONE,
    KEY,
    OK_STREAM,
    QUICK,
    STOP,
    USAGE,
    Visit,
    all_pieces,
    answer_stream,
    calling,
    content,
    job,
    one_attempt,
    raw_server,
    whole,
)
from tests.virtual_time import run_virtually, virtual_clock

WHOLE_ANSWER = b'{"choices": [{"index": 0, "message": {"content": "42"}, "finish_reason": "stop"}]}'


def request(url: str, body: bytes = b"{}") -> WireRequest:
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    return WireRequest(url=url, headers=headers, body=body, effective={})


def test_request_is_ours_to_the_byte() -> None:
    body = '{"model":"m","text":"naïve \\u2028 𝄞","n":1e-7}'.encode()

    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> Visit:
        async with raw_server(good) as server:
            backend = HttpBackend()
            watch = Stopwatch(SYSTEM_CLOCK, None)
            async with backend.open(
                request(f"{server.url}/chat?api-version=1", body), EndpointLimits(), watch
            ) as exchange:
                await all_pieces(exchange)
            await backend.close()
            return server.visits[0]

    visit = asyncio.run(run())
    assert visit.body == body
    assert visit.head.startswith(b"POST /v1/chat?api-version=1 HTTP/1.1\r\n")
    headers = visit.headers
    assert sorted(name for name, _ in headers) == [
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    ]
    assert dict(headers)["authorization"] == f"Bearer {KEY}"
    assert dict(headers)["accept-encoding"] == "identity"


def test_moment_is_that_of_arrival_not_of_reading() -> None:
    async def two_pieces(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await asyncio.sleep(5)
        await visit.send_chunk(content("4"))
        await asyncio.sleep(10)
        await visit.send_chunk(content("2"))
        await visit.send_chunk(b"")

    async def run() -> tuple[float, list[tuple[float, bytes]], float]:
        async with raw_server(two_pieces) as server:
            clock = virtual_clock()
            backend = HttpBackend(clock=clock)
            watch = Stopwatch(clock, None)
            async with backend.open(request(server.url), EndpointLimits(), watch) as exchange:
                await asyncio.sleep(40)  # everything has arrived, and nobody has looked
                pieces = await all_pieces(exchange)
            read_at = clock.monotonic()
            await backend.close()
            assert watch.sent is not None
            assert watch.headers is not None
            assert watch.last_byte is not None
            assert watch.sent <= watch.headers < pieces[0][0]
            return watch.sent, pieces, read_at

    sent, pieces, read_at = run_virtually(run())
    assert [data for _, data in pieces] == [content("4"), content("2")]
    assert [at - sent for at, _ in pieces] == pytest.approx([5, 15], abs=0.1)
    assert read_at - sent == pytest.approx(40, abs=0.1)


def test_moments_stay_with_their_answer_when_the_connection_is_used_again_before_it_was_read() -> None:
    async def good(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        if visit.number == 1:
            await asyncio.sleep(15)
        await visit.send_chunk(content(f"answer {visit.number}"))
        await visit.send_chunk(b"")

    async def run() -> None:
        async with raw_server(good) as server:
            clock = virtual_clock()
            backend = HttpBackend(clock=clock)
            watches = [Stopwatch(clock, None) for _ in range(2)]
            async with backend.open(request(server.url), EndpointLimits(), watches[0]) as first:
                await asyncio.sleep(5)  # the first answer is whole, so its connection is free again
                async with backend.open(request(server.url), EndpointLimits(), watches[1]) as second:
                    one = await all_pieces(first)
                    two = await all_pieces(second)
            assert server.connections == 1
            await backend.close()
        assert (one[0][1], two[0][1]) == (content("answer 0"), content("answer 1"))
        assert watches[1].sent is not None
        assert one[0][0] < watches[1].sent
        assert two[0][0] - watches[1].sent == pytest.approx(15, abs=0.1)

    run_virtually(run())


def test_connecting_is_no_part_of_a_latency() -> None:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> None:
        async with raw_server(good) as server, calling() as caller:
            answer = await one_attempt(caller, job(server.url))
        assert isinstance(answer, Completion)
        assert answer.timing.waited_s is not None
        assert answer.timing.total_s is not None
        assert answer.timing.waited_s > 0
        assert answer.timing.total_s < 60

    asyncio.run(run())


@pytest.mark.parametrize("size", [1_000, 8_000_000])
def test_compressed_answers_come_whole_and_in_order(size: int) -> None:
    body = b"".join(b"%d," % number for number in range(size // 8))

    async def zipped(visit: Visit) -> None:
        await visit.send(whole(gzip.compress(body, 1), {"Content-Encoding": "gzip"}))

    async def run() -> bytes:
        async with raw_server(zipped) as server:
            backend = HttpBackend()
            async with backend.open(request(server.url), EndpointLimits(), Stopwatch(SYSTEM_CLOCK, None)) as exchange:
                got = b"".join([data for _, data in await all_pieces(exchange)])
            await backend.close()
            return got

    assert asyncio.run(run()) == body


def test_answer_without_a_length_ends_with_the_connection() -> None:
    async def until_closed(visit: Visit) -> None:
        await visit.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + content("42") + STOP)
        visit.writer.close()

    async def run() -> None:
        async with raw_server(until_closed) as server, calling() as caller:
            answer = await one_attempt(caller, job(server.url))
        assert isinstance(answer, Completion)
        assert answer.text == "42"

    asyncio.run(run())


@pytest.mark.slow
def test_bomb_is_given_up_before_it_fills_the_memory() -> None:
    zeros = gzip.compress(bytes(4_000_000), 9)

    async def bomb(visit: Visit) -> None:
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(80):  # 320 MB in 310 KB
            await visit.send_chunk(zeros)

    async def run() -> None:
        async with raw_server(bomb) as server, calling() as caller:
            failed = await one_attempt(caller, job(server.url, limits=QUICK))
        assert isinstance(failed, Failure)
        assert failed.kind is FailureKind.MALFORMED_RESPONSE
        assert "256 MiB" in failed.message

    asyncio.run(run())


def test_chunks_that_keep_coming_are_never_late() -> None:
    async def steady(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        for _ in range(12):
            await visit.send_chunk(content("4"))
            await asyncio.sleep(4)
        await visit.send_chunk(STOP + DONE)
        await visit.send_chunk(b"")

    async def run() -> None:
        async with raw_server(steady) as server, calling(clock=virtual_clock()) as caller:
            limits = replace(QUICK, first_byte_timeout_s=30, between_chunks_timeout_s=30)
            attempt = await one_attempt(caller, job(server.url, limits=limits))
        assert isinstance(attempt, Completion)  # 48 s in all, longer than either timeout

    run_virtually(run())


def test_unused_connection_that_the_server_closes_is_not_taken_again() -> None:
    async def once(visit: Visit) -> None:
        await visit.send(answer_stream())
        visit.writer.close()

    async def run() -> None:
        async with raw_server(once) as server, calling(clock=virtual_clock()) as caller:
            for _ in range(3):
                assert isinstance(await one_attempt(caller, job(server.url)), Completion)
                await asyncio.sleep(1)  # virtual: the end of the connection has arrived
            assert server.connections == 3

    run_virtually(run())


@pytest.mark.parametrize(
    "answer", [answer_stream(), whole(WHOLE_ANSWER, {"Connection": "close"})], ids=["stream", "whole"]
)
def test_answer_that_is_there_before_anyone_waits_for_it_is_read(answer: bytes) -> None:
    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await reader.read(1)
        writer.close()

    async def run() -> Attempt:
        server = await asyncio.start_server(eager, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, calling() as caller:
            return await one_attempt(caller, job(f"http://127.0.0.1:{port}/v1"))

    made = asyncio.run(run())
    assert isinstance(made, Completion), made
    assert made.text == "42"


@all_cases("version", ["HTTP/1.0", "HTTP/1.1"])
@all_cases("body", [WHOLE_ANSWER, content("42") + STOP + USAGE + DONE], ids=["whole", "stream"])
@all_cases("backend", BACKENDS)
def test_body_that_comes_after_its_headers_on_a_connection_to_be_closed_is_read(
    backend: str, body: bytes, version: str
) -> None:
    async def answer(visit: Visit) -> None:
        head = f"{version} 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        await visit.send(head.encode())
        await asyncio.sleep(0.05)
        await visit.send(body)
        visit.writer.close()

    async def run() -> Attempt:
        async with raw_server(answer) as server, calling(backend) as caller:
            return await one_attempt(caller, job(server.url, backend=backend))

    made = asyncio.run(run())
    assert isinstance(made, Completion), made
    assert made.text == "42"
