"""The default backend: aiohttp, with the moment of arrival taken in the socket's data callback.

The stamp must not be taken where the bytes are read: with hundreds of streams the reading coroutine runs late, and the
harness would measure itself. So the protocol notes, per data callback, how far the body had come, and the reader cuts
the body at those marks. Covers connecting, TLS, timeouts and their causes. Not here: retries, meaning.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from harness.core.types import FailureKind, Limits
from harness.providers.timing import Stopwatch
from harness.providers.transport import Exchange, TransportError
from harness.providers.wire import WireRequest

MAX_BODY_BYTES = 256 * 1024 * 1024


class _StampedProtocol(ResponseHandler):
    """Notes for each data callback the moment and how many body bytes had come by then."""

    arrived = 0.0
    body: aiohttp.StreamReader | None = None

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        super().data_received(data)
        self.arrived = at
        if self.body is not None:
            self.marks.append((at, self.body.total_bytes))

    def watch(self, body: aiohttp.StreamReader) -> None:
        """Start noting for this body; what came with the headers is stamped with their arrival."""
        self.marks: deque[tuple[float, int]] = deque([(self.arrived, body.total_bytes)])
        self.body = body

    def unwatch(self) -> None:
        self.body = None


class _StampedConnector(aiohttp.TCPConnector):
    def __init__(self, *, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__(limit=0, ttl_dns_cache=300, ssl=ssl_context or True)
        # aiohttp has no public way to choose the protocol class; tests/providers/test_http_backend.py holds this hook
        self._factory = functools.partial(_StampedProtocol, loop=asyncio.get_running_loop())  # type: ignore[assignment]


class _StampedResponse(aiohttp.ClientResponse):
    protocol: _StampedProtocol

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        self.protocol = cast(_StampedProtocol, connection.protocol)
        return await super().start(connection)


class HttpBackend:
    """One aiohttp session for all endpoints of a run. Make it inside a running event loop."""

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_on_sent)
        trace.on_connection_reuseconn.append(_on_reuse)
        self._session = aiohttp.ClientSession(
            connector=_StampedConnector(ssl_context=ssl_context),
            response_class=_StampedResponse,
            trace_configs=[trace],
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent",),
            trust_env=True,
            read_bufsize=2**20,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    @asynccontextmanager
    async def open(self, request: WireRequest, limits: Limits, watch: Stopwatch) -> AsyncIterator[Exchange]:
        """Send the request and yield the exchange; leaving early closes the connection."""
        state = SimpleNamespace(watch=watch, reused=False)
        deadline = asyncio.get_running_loop().time() + limits.total_timeout_s
        response = await self._start(request, limits, state, deadline)
        watch.headers = response.protocol.arrived
        response.protocol.watch(response.content)
        try:
            yield Exchange(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                pieces=_pieces(response, limits, watch, deadline),
            )
        finally:
            response.protocol.unwatch()
            if not response.content.at_eof():
                response.close()
            response.release()

    async def _start(
        self, request: WireRequest, limits: Limits, state: SimpleNamespace, deadline: float
    ) -> _StampedResponse:
        headers = {"Accept-Encoding": "identity", "Content-Type": "application/json", **request.headers}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_timeout_s)
        until = min(
            deadline, asyncio.get_running_loop().time() + limits.connect_timeout_s + limits.first_byte_timeout_s
        )
        try:
            async with asyncio.timeout_at(until):
                response = await self._session.post(
                    request.url,
                    data=request.body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=timeout,
                    trace_request_ctx=state,
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _transport_error(error, state, limits) from error
        return cast(_StampedResponse, response)


async def _on_sent(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.watch.sent = time.perf_counter()


async def _on_reuse(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.reused = True


async def _pieces(
    response: _StampedResponse, limits: Limits, watch: Stopwatch, deadline: float
) -> AsyncIterator[tuple[float, bytes]]:
    loop = asyncio.get_running_loop()
    marks = response.protocol.marks
    taken = 0
    has_bytes = False
    while True:
        patience = limits.between_chunks_timeout_s if has_bytes else limits.first_byte_timeout_s
        until = min(deadline, loop.time() + patience)
        try:
            async with asyncio.timeout_at(until):
                data = await response.content.readany()
        except TimeoutError as error:
            raise _body_timeout(loop.time() >= deadline, has_bytes, limits) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TransportError(
                FailureKind.CONNECTION_LOST, f"the connection broke inside the answer: {_brief(error)}", was_sent=True
            ) from error
        if not data:
            return
        has_bytes = True
        if taken + len(data) > MAX_BODY_BYTES:
            raise TransportError(
                FailureKind.GARBLED, f"the answer is larger than {MAX_BODY_BYTES // 2**20} MiB", was_sent=True
            )
        start = 0
        while start < len(data):
            while len(marks) > 1 and marks[0][1] <= taken + start:
                marks.popleft()
            at, reached = marks[0]
            end = len(data) if reached <= taken + start else min(len(data), reached - taken)
            watch.last_byte = at
            yield at, data[start:end]
            start = end
        taken += len(data)


def _body_timeout(is_total: bool, has_bytes: bool, limits: Limits) -> TransportError:
    if is_total:
        kind, what = FailureKind.TOTAL_TIMEOUT, f"not finished within {limits.total_timeout_s:g} s"
    elif has_bytes:
        kind, what = FailureKind.CHUNK_TIMEOUT, f"no further byte within {limits.between_chunks_timeout_s:g} s"
    else:
        kind, what = FailureKind.FIRST_BYTE_TIMEOUT, f"no byte of the body within {limits.first_byte_timeout_s:g} s"
    return TransportError(kind, what, was_sent=True)


def _transport_error(error: Exception, state: SimpleNamespace, limits: Limits) -> TransportError:
    was_sent = state.watch.sent is not None
    kind = FailureKind.CONNECTION_LOST
    what = _brief(error)
    match error:
        case aiohttp.ClientConnectorDNSError():
            kind = FailureKind.DNS
        case aiohttp.ClientSSLError() | ssl.SSLError():
            kind = FailureKind.TLS
        case aiohttp.ServerTimeoutError() if not was_sent:
            kind, what = FailureKind.CONNECT_TIMEOUT, f"no connection within {limits.connect_timeout_s:g} s"
        case aiohttp.ClientConnectorError():
            kind = FailureKind.CONNECT
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError() if state.reused and not isinstance(
            error, TimeoutError
        ):
            kind = FailureKind.STALE_CONNECTION
            what = "the server closed the pooled connection before it answered"
        case TimeoutError():
            kind = FailureKind.FIRST_BYTE_TIMEOUT if was_sent else FailureKind.CONNECT_TIMEOUT
            what = f"no answer within {limits.first_byte_timeout_s:g} s" if was_sent else "connecting took too long"
        case aiohttp.ClientResponseError() | aiohttp.InvalidURL():
            kind = FailureKind.GARBLED
    return TransportError(kind, what, was_sent=was_sent)


def _brief(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."
