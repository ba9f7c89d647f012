"""Connections that break, stay open or are used again, against servers that say exactly the bytes a case needs.

The second half of the fault matrix: what the mock cannot do.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace

import pytest

from harness.core.types import Completion, Failure, FailureKind
from tests.cases import all_cases
from tests.providers.calling import (
    BACKENDS,
    DONE,
    OK_STREAM,
    QUICK,
    STOP,
    USAGE,
    Visit,
    all_attempts,
    answer_stream,
    calling,
    content,
    job,
    one_attempt,
    raw_server,
    whole,
)
from tests.virtual_time import run_virtually, virtual_clock

K = FailureKind
IMPATIENT = replace(QUICK, first_byte_timeout_s=15, between_chunks_timeout_s=15)


@pytest.mark.parametrize("backend", BACKENDS)
def test_connection_that_the_server_closed_in_the_pool_is_replaced_at_once(backend: str) -> None:
    async def closes_on_the_second(visit: Visit) -> None:
        if visit.number == 1:  # what a keep-alive timeout looks like that strikes while our request is on its way
            await asyncio.sleep(0.5)
            visit.writer.close()
        else:
            await visit.send(answer_stream())

    async def run() -> None:
        async with raw_server(closes_on_the_second) as server, calling(backend, clock=virtual_clock()) as caller:
            first, _ = await all_attempts(caller, job(server.url, backend=backend))
            second, waits = await all_attempts(caller, job(server.url, backend=backend))
            assert server.connections == 2
        assert [type(attempt) for attempt in first] == [Completion]
        stale, answer = second
        assert isinstance(stale, Failure)
        assert stale.kind is K.STALE_CONNECTION
        assert isinstance(answer, Completion)
        assert waits == [0.0]
        assert answer.timing.total_s == pytest.approx(0, abs=0.1)  # virtual seconds: not the 0.5 s of the lost attempt

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_pooled_connection_that_breaks_inside_the_headers_is_not_stale(backend: str) -> None:
    async def breaks_on_the_second(visit: Visit) -> None:
        if visit.number == 0:
            await visit.send(answer_stream())
        else:
            await visit.send(b"HTTP/1.1 200 OK\r\nContent-")
            visit.writer.close()

    async def run() -> None:
        async with raw_server(breaks_on_the_second) as server, calling(backend, clock=virtual_clock()) as caller:
            await one_attempt(caller, job(server.url, backend=backend))
            broken = await one_attempt(caller, job(server.url, backend=backend))
        assert isinstance(broken, Failure)
        # httpx2 does not tell whether bytes had come
        assert broken.kind is (K.CONNECTION_LOST if backend == "http" else K.STALE_CONNECTION)

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_usage_that_came_before_the_break_is_kept(backend: str) -> None:
    async def usage_then_reset(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(content("4") + USAGE)
        await asyncio.sleep(1)  # virtual: the client has read what came
        visit.reset()

    async def run() -> None:
        async with raw_server(usage_then_reset) as server, calling(backend, clock=virtual_clock()) as caller:
            made, _ = await all_attempts(caller, job(server.url, backend=backend))
        assert len(made) == 2
        for broken in made:
            assert isinstance(broken, Failure)
            assert broken.kind is K.CONNECTION_LOST
            assert broken.partial_text == "4"
            assert broken.usage is not None
            assert (broken.usage.prompt_tokens, broken.usage.completion_tokens) == (7, 2)

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_stream_cut_inside_an_event_was_cut_not_garbled(backend: str) -> None:
    async def torn(visit: Visit) -> None:
        await visit.send(whole(content("4") + content("2")[:40], {"Content-Type": "text/event-stream"}))

    async def run() -> None:
        async with raw_server(torn) as server, calling(backend, clock=virtual_clock()) as caller:
            broken = await one_attempt(caller, job(server.url, backend=backend))
        assert isinstance(broken, Failure)
        assert (broken.kind, broken.partial_text) == (K.STREAM_TRUNCATED, "4")

    run_virtually(run())


@all_cases("backend", BACKENDS)
@all_cases(
    "garbage", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\x16\x03\x01\x02\x00" * 9 + b"\r\n\r\n"], ids=["ssh", "binary"]
)
def test_server_that_does_not_speak_http_is_garbled(garbage: bytes, backend: str) -> None:
    async def babble(visit: Visit) -> None:
        await visit.send(garbage)
        visit.writer.close()

    async def run() -> None:
        async with raw_server(babble) as server, calling(backend, clock=virtual_clock()) as caller:
            broken = await one_attempt(caller, job(server.url, backend=backend))
        assert isinstance(broken, Failure)
        assert broken.kind is K.MALFORMED_RESPONSE

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_broken_compression_is_garbled(backend: str) -> None:
    async def broken_zip(visit: Visit) -> None:
        body = bytearray(gzip.compress(content("4") * 50))
        body[20:40] = b"\xff" * 20
        await visit.send(whole(bytes(body), {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}))

    async def run() -> None:
        async with raw_server(broken_zip) as server, calling(backend, clock=virtual_clock()) as caller:
            broken = await one_attempt(caller, job(server.url, backend=backend))
        assert isinstance(broken, Failure)
        assert broken.kind is K.MALFORMED_RESPONSE

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_status_whose_body_breaks_off_keeps_its_meaning(backend: str) -> None:
    async def half_an_error(visit: Visit) -> None:
        await visit.send(b"HTTP/1.1 429 Too Many\r\nRetry-After: 4\r\nContent-Length: 500\r\n\r\n" + b'{"error"')
        visit.writer.close()

    async def run() -> None:
        async with raw_server(half_an_error) as server, calling(backend, clock=virtual_clock()) as caller:
            limited = await one_attempt(caller, job(server.url, backend=backend))
        assert isinstance(limited, Failure)
        # the openai package gives the status up together with the body
        expected = (K.RATE_LIMITED, 4.0) if backend == "http" else (K.CONNECTION_LOST, None)
        assert (limited.kind, limited.retry_after_s) == expected

    run_virtually(run())


@all_cases("backend", BACKENDS)
@all_cases("moment", ["before the headers", "inside the stream"])
def test_cancelling_closes_the_connection(moment: str, backend: str) -> None:
    arrived = asyncio.Event()

    async def endless(visit: Visit) -> None:
        arrived.set()
        if moment == "inside the stream":
            await visit.send(OK_STREAM)
            await visit.send_chunk(content("4"))
        assert await visit.reader.read(1) == b""  # returns only once the client has closed
        visit.writer.close()

    async def run() -> None:
        async with raw_server(endless) as server, calling(backend, clock=virtual_clock()) as caller:
            task = asyncio.create_task(one_attempt(caller, job(server.url, backend=backend)))
            await arrived.wait()
            await asyncio.sleep(1)  # virtual: until what was sent has been read
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.all_closed.wait()
            assert server.open_connections == 0

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_connection_of_a_failed_attempt_is_closed(backend: str) -> None:
    async def stalls(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(content("4"))
        assert await visit.reader.read(1) == b""
        visit.writer.close()

    async def run() -> None:
        async with raw_server(stalls) as server, calling(backend, clock=virtual_clock()) as caller:
            broken = await one_attempt(caller, job(server.url, backend=backend, limits=IMPATIENT))
            assert isinstance(broken, Failure)
            assert broken.kind is K.READ_TIMEOUT
            await server.all_closed.wait()

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_answered_connections_are_used_again(backend: str) -> None:
    async def good(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(content("42") + STOP + USAGE + DONE)
        await visit.send_chunk(b"")

    async def run() -> None:
        async with raw_server(good) as server, calling(backend, clock=virtual_clock()) as caller:
            for _ in range(5):
                assert isinstance(await one_attempt(caller, job(server.url, backend=backend)), Completion)
            assert (server.connections, len(server.visits)) == (1, 5)

    run_virtually(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_answer_is_given_though_the_body_never_ends(backend: str) -> None:
    async def open_end(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(content("42") + STOP + USAGE + DONE)
        assert await visit.reader.read(1) == b""
        visit.writer.close()

    async def run() -> None:
        async with raw_server(open_end) as server, calling(backend, clock=virtual_clock()) as caller:
            answer = await one_attempt(caller, job(server.url, backend=backend))
            assert isinstance(answer, Completion)
            assert answer.timing.total_s == pytest.approx(0, abs=0.1)  # virtual: without the wait for the end
            await server.all_closed.wait()

    run_virtually(run())
