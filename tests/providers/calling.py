"""What the tests of the client share: jobs, callers, servers of a few raw lines, certificates. Not a test."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.types import Attempt, Endpoint, EndpointLimits, Job, Sample, SamplingParams
from harness.providers.client import ClientContext, complete
from harness.providers.pacing.retry import RetryRule, with_retries
from harness.providers.transport import openai_backend
from harness.providers.transport.backend import Backend, StreamingResponse
from harness.providers.transport.http_backend import HttpBackend

KEY = "sk-planted-0123456789abcdef"
_SYSTEM_TRUST = ssl.create_default_context()  # reading all certificates takes longer than a test
BACKENDS = ("http", "openai")
QUICK = EndpointLimits(
    connect_timeout_s=60.0,
    first_byte_timeout_s=60.0,
    between_chunks_timeout_s=60.0,
    total_timeout_s=120.0,
    max_attempts=3,
)
"""Three attempts and timeouts that no busy machine reaches: a test of a timeout shortens the one it tests."""


def job(
    url: str, *, backend: str = "http", dialect: str = "openai", limits: EndpointLimits = QUICK, **changes: object
) -> Job:
    """A job for the model `mock-model` at that address; `changes` are fields of the endpoint."""
    endpoint = Endpoint(
        label="p/m",
        provider="p",
        model="m",
        model_id="mock-model",
        base_url=url,
        dialect=dialect,
        api_key_env="PLANTED_KEY",
        backend=backend,
        limits=limits,
    )
    return Job(
        key="k",
        endpoint=replace(endpoint, **changes),  # type: ignore[arg-type]
        task="t",
        task_version=1,
        grader="math",
        sample=Sample(id="s", prompt="What is 20 + 22?", target="42"),
        repeat=0,
        params=SamplingParams(),
    )


def make_backend(name: str, ssl_context: ssl.SSLContext | None = None, clock: Clock = SYSTEM_CLOCK) -> Backend:
    """A new backend of that name."""
    if name == "http":
        return HttpBackend(ssl_context=ssl_context, clock=clock)
    return openai_backend.make(ssl_context=ssl_context or _SYSTEM_TRUST, clock=clock)


@asynccontextmanager
async def calling(
    backend: str = "http", *, ssl_context: ssl.SSLContext | None = None, clock: Clock = SYSTEM_CLOCK
) -> AsyncIterator[ClientContext]:
    """A caller with one backend and one planted key; `clock`: `virtual_clock()` on a virtual loop."""
    mover = make_backend(backend, ssl_context, clock)
    try:
        yield ClientContext(backends={backend: mover}, keys={"PLANTED_KEY": KEY}, clock=clock)
    finally:
        await mover.close()


async def one_attempt(caller: ClientContext, wanted: Job) -> Attempt:
    """The first attempt at a job."""
    return await complete(caller, wanted, attempt=0)


async def all_pieces(response: StreamingResponse) -> list[tuple[float, bytes]]:
    """The body of a response to its end: (moment of arrival, bytes)."""
    pieces: list[tuple[float, bytes]] = []

    def collect(at: float, data: bytes) -> bool:
        pieces.append((at, data))
        return False

    assert not await response.body.read(collect)
    return pieces


async def all_attempts(caller: ClientContext, wanted: Job) -> tuple[list[Attempt], list[float]]:
    """All attempts that the retry rule makes, and the waits it asked for, which are not waited."""
    rule = RetryRule(max_attempts=wanted.endpoint.limits.max_attempts, seed=1)
    attempts: list[Attempt] = []
    waits: list[float] = []

    async def once(number: int) -> Attempt:
        attempt = await complete(caller, wanted, attempt=number, waits=rule.waits)
        attempts.append(attempt)
        rule.decide(attempt)
        return attempt

    async def no_wait(seconds: float) -> None:
        waits.append(seconds)

    await with_retries(once, rule, no_wait)
    return attempts, waits


Handler = Callable[["Visit"], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request at a raw server; `head` and `body` are its bytes."""

    number: int
    head: bytes
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Write bytes at once."""
        self.writer.write(data)
        await self.writer.drain()

    async def send_chunk(self, data: bytes) -> None:
        """Write one HTTP chunk; an empty one ends the body."""
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def reset(self) -> None:
        """Break the connection with a reset."""
        self.writer.transport.abort()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All header lines, names in lower case."""
        lines = self.head.decode().split("\r\n")[1:]
        parts = [line.partition(": ") for line in lines if line]
        return [(name.lower(), value) for name, _, value in parts]


@dataclass(slots=True, kw_only=True)
class RawServer:
    """A server that says exactly the bytes a test wants."""

    port: int
    connections: int = 0
    open_connections: int = 0
    visits: list[Visit] = field(default_factory=list)
    all_closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}/v1"


@asynccontextmanager
async def raw_server(handler: Handler, *, ssl_context: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """A server on loopback that hands each request to `handler`; a connection lives until the handler closes it."""
    server = RawServer(port=0)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        server.connections += 1
        server.open_connections += 1
        server.all_closed.clear()
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
                body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
                visit = Visit(number=len(server.visits), head=head, body=body, reader=reader, writer=writer)
                server.visits.append(visit)
                await handler(visit)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            server.open_connections -= 1
            if not server.open_connections:
                server.all_closed.set()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl_context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


OK_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def content(text: str) -> bytes:
    """An event with text."""
    return b'data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' % text.encode()


STOP = b'data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}\n\n'
DONE = b"data: [DONE]\n\n"


def whole(body: bytes, headers: Mapping[str, str] | None = None, status: str = "200 OK") -> bytes:
    """A whole HTTP answer with its length."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    return (
        f"HTTP/1.1 {status}\r\n".encode()
        + b"".join(f"{k}: {v}\r\n".encode() for k, v in lines.items())
        + b"\r\n"
        + body
    )


def answer_stream(text: str = "42") -> bytes:
    """A whole good stream as one HTTP answer."""
    return whole(content(text) + STOP + USAGE + DONE, {"Content-Type": "text/event-stream"})


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody has signed."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = [
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:provider.invalid",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
