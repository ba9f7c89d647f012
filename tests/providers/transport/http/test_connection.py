"""The client against servers that use more of HTTP than most: interim heads, early answers, tunnels, old sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness.core.types import Attempt, Completion, Failure, FailureKind
from tests.providers.calling import (
    QUICK,
    Visit,
    answer_stream,
    calling,
    content,
    job,
    one_attempt,
    raw_server,
    self_signed,
    whole,
)
from tests.virtual_time import run_virtually, virtual_clock

K = FailureKind
WHOLE = b'{"choices": [{"index": 0, "message": {"content": "42"}, "finish_reason": "stop"}]}'


def attempts_at(
    handler: Callable[[Visit], Awaitable[None]], *, times: int = 1, pause_s: float = 0.0, **changes: object
) -> tuple[list[Attempt], int]:
    """So many attempts one after another, with virtual seconds between, and the connections that were opened."""

    async def run() -> tuple[list[Attempt], int]:
        async with raw_server(handler) as server, calling(clock=virtual_clock()) as caller:
            made = []
            for _ in range(times):
                made.append(await one_attempt(caller, job(server.url, **changes)))  # type: ignore[arg-type]
                await asyncio.sleep(pause_s)
            return made, server.connections

    return run_virtually(run())


def test_heads_that_only_announce_the_answer_are_passed_over() -> None:
    async def announced(visit: Visit) -> None:
        await visit.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await visit.send(answer_stream())

    made, connections = attempts_at(announced, times=2)
    assert [type(one) for one in made] == [Completion, Completion]
    assert connections == 1


def test_tls_records_that_arrive_together_are_all_read(tmp_path: Path) -> None:
    answer = answer_stream("a long answer")

    async def in_records(visit: Visit) -> None:
        for place in range(0, len(answer), 50):
            visit.writer.write(answer[place : place + 50])  # a record each

    async def run() -> Attempt:
        context = self_signed(tmp_path)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with raw_server(in_records, ssl_context=context) as server, calling(ssl_context=trusting) as caller:
            return await one_attempt(caller, job(server.url.replace("http:", "https:")))

    attempt = asyncio.run(run())
    assert isinstance(attempt, Completion), attempt
    assert attempt.text == "a long answer"


def test_lines_that_end_in_lf_alone_are_read() -> None:
    async def bare(visit: Visit) -> None:
        await visit.send(b"\r\nHTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(WHOLE) + WHOLE)

    made, _ = attempts_at(bare)
    assert isinstance(made[0], Completion), made
    assert made[0].text == "42"


@pytest.mark.parametrize(("pause_s", "connections"), [(14.0, 1), (16.0, 3)])
def test_connection_that_was_free_for_long_is_not_used_again(pause_s: float, connections: int) -> None:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    made, opened = attempts_at(good, times=3, pause_s=pause_s)
    assert all(isinstance(one, Completion) for one in made)
    assert opened == connections


@pytest.mark.parametrize(
    "answer",
    [
        whole(WHOLE, {"Connection": "close"}),
        whole(WHOLE) + b"HTTP/1.1 200 OK\r\n",  # bytes that nobody asked for
    ],
    ids=["asked to", "not clean"],
)
def test_connection_that_must_not_be_used_again_is_closed_by_us(answer: bytes) -> None:
    async def waits(visit: Visit) -> None:
        await visit.send(answer)
        assert await visit.reader.read(1) == b""
        visit.writer.close()

    made, connections = attempts_at(waits, times=2)
    assert all(isinstance(one, Completion) for one in made)
    assert connections == 2


def test_bytes_on_a_free_connection_are_no_answer_to_the_next_request() -> None:
    async def talks_on(visit: Visit) -> None:
        await visit.send(whole(WHOLE))
        await asyncio.sleep(1)
        await visit.send(whole(WHOLE.replace(b"42", b"13")))

    made, connections = attempts_at(talks_on, times=2, pause_s=3)
    assert [one.text for one in made if isinstance(one, Completion)] == ["42", "42"]
    assert connections == 2


def test_answer_before_the_request_was_written_whole_is_taken_and_its_connection_is_not() -> None:
    async def run() -> tuple[list[Attempt], int]:
        connections = 0

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(whole(b'{"error": {"message": "too much"}}', status="413 Content Too Large"))
            await writer.drain()
            with contextlib.suppress(ConnectionError):
                while await reader.read(65536):  # until the client has closed
                    pass
            writer.close()

        server = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1000)
        port = server.sockets[0].getsockname()[1]
        async with server, calling(clock=virtual_clock()) as caller:
            wanted = job(f"http://127.0.0.1:{port}/v1", extra_body={"padding": "x" * 8_000_000})
            made = [await one_attempt(caller, wanted) for _ in range(2)]
            await asyncio.sleep(5)  # virtual: the server has seen the end of both connections
            return made, connections

    made, connections = run_virtually(run())
    assert [one.http_status for one in made if isinstance(one, Failure)] == [413, 413]
    assert connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["two lengths", "no chunk", "endless head"],
)
def test_answer_that_is_no_http_is_garbled_and_says_why(answer: bytes) -> None:
    async def broken(visit: Visit) -> None:
        await visit.send(answer)

    made, _ = attempts_at(broken)
    assert isinstance(made[0], Failure)
    assert made[0].kind is K.MALFORMED_RESPONSE
    assert made[0].message.startswith("no HTTP answer: ")


def test_text_before_a_broken_chunk_is_kept() -> None:
    async def torn(visit: Visit) -> None:
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await visit.send_chunk(content("4"))
        await visit.send(b"no size\r\n")

    made, _ = attempts_at(torn)
    assert isinstance(made[0], Failure)
    assert (made[0].kind, made[0].partial_text) == (K.MALFORMED_RESPONSE, "4")


def test_key_with_a_line_break_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.providers.calling.KEY", "sk-planted\r\nX-Smuggled: 1")

    async def never(visit: Visit) -> None:
        raise AssertionError(visit.head)

    made, connections = attempts_at(never)
    assert isinstance(made[0], Failure)
    assert (made[0].kind, made[0].was_sent, connections) == (K.BAD_REQUEST, False, 0)


def test_proxy_that_refuses_the_tunnel_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    async def refuse(visit: Visit) -> None:
        heads.append(visit.head)
        await visit.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    async def run() -> Attempt:
        async with raw_server(refuse) as proxy, calling() as caller:
            monkeypatch.setenv("https_proxy", f"http://me:hidden@127.0.0.1:{proxy.port}")
            return await one_attempt(caller, job("https://provider.invalid/v1"))

    made = asyncio.run(run())
    assert isinstance(made, Failure)
    assert (made.kind, made.was_sent) == (K.CONNECTION_FAILED, False)
    assert "407" in made.message
    assert "hidden" not in made.message
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'me:hidden').decode()}".encode() in heads[0]


def test_connection_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(visit: Visit) -> None:
        await visit.reader.read(1)

    async def run() -> Attempt:
        async with raw_server(silent) as proxy, calling(clock=virtual_clock()) as caller:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
            return await one_attempt(caller, job("https://provider.invalid/v1", limits=QUICK))

    made = run_virtually(run())
    assert isinstance(made, Failure)
    assert (made.kind, made.was_sent) == (K.CONNECT_TIMEOUT, False)
    assert made.timing.waits["connect"] == pytest.approx(60, abs=0.5)


def test_requests_at_once_have_connections_of_their_own_and_free_ones_are_shared() -> None:
    async def slow(visit: Visit) -> None:
        await asyncio.sleep(1)
        await visit.send(answer_stream(f"answer {visit.number}"))

    async def run() -> tuple[set[str], int]:
        async with raw_server(slow) as server, calling(clock=virtual_clock()) as caller:
            texts = set()
            for _ in range(3):
                made = await asyncio.gather(*(one_attempt(caller, job(server.url)) for _ in range(20)))
                texts |= {one.text for one in made if isinstance(one, Completion)}
            return texts, server.connections

    texts, connections = run_virtually(run())
    assert texts == {f"answer {number}" for number in range(60)}  # none has another's
    assert connections == 20
