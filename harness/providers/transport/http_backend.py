"""The default backend: aiohttp, with the moment of arrival taken in the socket's data callback.

The stamp must not be taken where the bytes are read: with hundreds of streams the reading coroutine runs late, and the
harness would measure itself. So the protocol takes the decoded bytes out of aiohttp in the data callback, with the
moment, and the reader finds them in a queue. Bytes that came before a reset are kept that way too.

Covers connecting, proxies, TLS, timeouts and their causes.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.types import EndpointLimits
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import StreamingResponse
from harness.providers.transport.network_errors import (
    MAX_BODY_BYTES,
    RequestState,
    body_failure,
    body_timeout,
    connect_failure,
    too_large,
)
from harness.providers.transport.proxies import Proxies
from harness.providers.transport.timing import Stopwatch
from harness.providers.transport.trust import bundle_context

USER_AGENT = "price-performance-harness"  # some providers' gateways refuse requests without any
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 5}
"""Probes on a silent connection: a model may think for minutes, and address translators forget after five."""

_WAKE_EVERY_S = 0.02
"""How often the reader of a stream is woken for pieces that follow each other at once: they are stamped already."""

_SENDING: ContextVar[RequestState] = ContextVar("sending")


class _ChunkBuffer:
    """The bytes of one answer as they came, each piece with its moment; filled by the protocol, emptied by a reader."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.pieces: deque[tuple[float, bytes]] = deque()
        self.headers: float | None = None
        self.last: float | None = None
        self.body_bytes = 0
        self.content: aiohttp.StreamReader | None = None
        self.is_plain = False
        self._is_taking = False
        self._waiter: asyncio.Future[None] | None = None
        self._woken_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def take(self, content: aiohttp.StreamReader | None, at: float) -> None:
        """Move what has been decoded out of aiohttp's buffer; called in the data callback."""
        self.last = at
        if content is None or self._is_taking:  # taking resumes a paused decompression, which calls back in here
            return
        if self.headers is None:
            self.headers = at
        self.content = content
        # Past the limit the rest stays in aiohttp's buffer, which pauses the socket; the reader then ends the exchange.
        if content.exception() is None and self.body_bytes <= MAX_BODY_BYTES:
            self._is_taking = True
            while data := content.read_nowait(-1):  # more than once where decompression had paused
                self.body_bytes += len(data)
                self.pieces.append((at, data))
            self._is_taking = False
        # Waking a task for each token of hundreds of streams would keep the loop busy and delay the stamps of all
        # others.
        if content.is_eof() or content.exception() is not None or at - self._woken_at >= _WAKE_EVERY_S:
            self.wake()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_WAKE_EVERY_S, self.wake)

    def wake(self) -> None:
        """Let the reader look again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._woken_at = self.last or 0.0
        # A cancelled reader leaves its future done: set_result would raise InvalidStateError in the data callback.
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Until something came, ended or broke."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


class _StampedProtocol(ResponseHandler):
    """One connection; `arrivals` belong to the answer it is receiving."""

    arrivals: _ChunkBuffer | None = None

    def data_received(self, data: bytes) -> None:
        arrivals = self.arrivals
        if arrivals is None:
            super().data_received(data)
            return
        # The clock is read before anything is parsed: decompressing and splitting must not count as the provider's
        # time.
        at, before = arrivals.clock.monotonic(), self._payload
        super().data_received(data)
        # the last bytes of an answer with `connection: close` close the connection in there and drop its payload
        arrivals.take(before if self._payload is None else self._payload, at)

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Skip what aiohttp does after each HTTP chunk taken, where nothing was paused: a fifth of a stream's cost."""
        if self._reading_paused or self.arrivals is None or not self.arrivals.is_plain:
            super().resume_reading(resume_parser)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self.arrivals is not None:
            self.arrivals.wake()


class _StampedConnector(aiohttp.TCPConnector):
    def __init__(self, *, ssl_context: ssl.SSLContext | None) -> None:
        # limit=0: aiohttp's default of 100 connections would queue requests inside it, and their waiting would look
        # like latency. How many run at once is the rate limiter's decision.
        super().__init__(limit=0, ttl_dns_cache=300, ssl=ssl_context or True, socket_factory=_socket)
        # aiohttp has no public way to choose the protocol class; the tests of this module hold this hook
        self._factory = functools.partial(_StampedProtocol, loop=asyncio.get_running_loop())  # type: ignore[assignment]


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    # Without probes a connection that an address translator forgot looks like a model that thinks, until the timeout.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # macOS lacks TCP_KEEPIDLE
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made


class _StampedResponse(aiohttp.ClientResponse):
    arrivals: _ChunkBuffer

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        sending = _SENDING.get()
        protocol = cast(_StampedProtocol, connection.protocol)
        # A reused connection that breaks before any byte is often one the server had closed just then (RFC 9112,
        # 9.3.1).
        sending.is_reused = protocol.arrivals is not None
        # a fresh queue: the connection goes back to the pool while its last answer may still be waiting to be read
        self.arrivals = protocol.arrivals = _ChunkBuffer(sending.clock)
        try:
            return await super().start(connection)
        finally:
            sending.has_bytes = self.arrivals.last is not None


class HttpBackend:
    """One aiohttp session for all endpoints of a run. Make it inside a running event loop.

    `clock` must be the one of the stopwatches: arrival moments are its monotonic readings.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_chunk_sent.append(_on_sent)
        self._clock = clock
        self._proxies = Proxies()
        self._session = aiohttp.ClientSession(
            connector=_StampedConnector(ssl_context=ssl_context or bundle_context()),
            response_class=_StampedResponse,
            trace_configs=[trace],
            # aiohttp's default total of 300 s would end answers of reasoning models; the limits of the endpoint are
            # used instead.
            timeout=aiohttp.ClientTimeout(total=None),
            # Cookies of a load balancer would tie all later requests to one server, whose latency would be measured as
            # everyone's.
            cookie_jar=aiohttp.DummyCookieJar(),
            # A compressing proxy collects text until a block is full: first token and gaps would be the compressor's.
            headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            # The default of 64 KiB pauses the socket on long bursts, and what waits in the kernel has no stamp.
            read_bufsize=2**20,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    @asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        """Send the request and yield the exchange; leaving early closes the connection."""
        loop = asyncio.get_running_loop()
        sending = RequestState(
            watch=watch, clock=self._clock, limits=limits, deadline=loop.time() + limits.total_timeout_s
        )
        response = await self._start(request, sending)
        watch.headers = response.arrivals.headers
        response.arrivals.is_plain = "Content-Encoding" not in response.headers
        pieces = _BodyStream(response, sending)
        try:
            yield StreamingResponse(
                status=response.status,
                # Field names are case-insensitive (RFC 9110, section 5.1).
                headers={name.lower(): value for name, value in response.headers.items()},
                pieces=pieces,
            )
        finally:
            pieces.disarm()
            # Closed and not drained: the provider may stop to generate, and to bill, once the connection is gone.
            if not response.content.is_eof():
                response.close()
            response.release()

    async def _start(self, request: WireRequest, sending: RequestState) -> _StampedResponse:
        proxy = self._proxies.proxy_for(request.url)
        token = _SENDING.set(sending)
        try:
            async with asyncio.timeout_at(sending.deadline) as scope:
                sending.scope = scope
                response = await self._session.post(
                    request.url,
                    data=request.body,
                    headers=request.headers,
                    # A redirect may lead to another host, to which the key must not be sent; a POST may become a GET
                    # (RFC 9110, 15.4).
                    allow_redirects=False,
                    proxy=proxy,
                    timeout=aiohttp.ClientTimeout(total=None, connect=sending.limits.connect_timeout_s),
                    trace_request_ctx=sending,
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise connect_failure(error, sending, now=asyncio.get_running_loop().time()) from error
        finally:
            sending.scope = None  # the request's writer may still run
            _SENDING.reset(token)
        return cast(_StampedResponse, response)


async def _on_sent(_session: aiohttp.ClientSession, context: object, _params: object) -> None:
    """The request is about to be written to its socket, whole: from here the provider's time runs."""
    sending: RequestState = context.trace_request_ctx  # type: ignore[attr-defined]
    # Called once for each chunk of the body; the first is the moment that counts.
    if sending.watch.sent is not None:
        return
    sending.watch.sent = sending.clock.monotonic()
    if sending.scope is not None and not sending.scope.expired():
        first_byte_by = asyncio.get_running_loop().time() + sending.limits.first_byte_timeout_s
        sending.scope.reschedule(min(sending.deadline, first_byte_by))


class _BodyStream(AsyncIterator[tuple[float, bytes]]):
    """The body, piece by piece; one timer watches over all its timeouts."""

    def __init__(self, response: _StampedResponse, sending: RequestState) -> None:
        self._response = response
        self._arrivals = response.arrivals
        self._sending = sending
        self._loop = asyncio.get_running_loop()
        self._has_bytes = False
        self._is_late = False
        self._timer: asyncio.TimerHandle | None = None

    async def __anext__(self) -> tuple[float, bytes]:
        arrivals = self._arrivals
        while not arrivals.pieces:
            content = self._response.content
            if content.is_eof():
                self.disarm()
                raise StopAsyncIteration
            broken = content.exception()
            if broken is not None:
                raise body_failure(broken) from broken
            if self._is_late and self._left_s() <= 0:  # bytes may have come between the alarm and now
                is_total = self._loop.time() >= self._sending.deadline
                raise body_timeout(self._sending.limits, is_total=is_total, has_bytes=self._has_bytes)
            if self._timer is None or self._is_late:
                self._arm()
            await arrivals.wait()
        self._has_bytes = True
        if arrivals.body_bytes > MAX_BODY_BYTES:
            raise too_large()
        piece = arrivals.pieces.popleft()
        self._sending.watch.last_byte = piece[0]
        return piece

    def disarm(self) -> None:
        """Stop watching the time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _left_s(self) -> float:
        """Seconds until the nearest timeout, by what has come so far."""
        sending, limits = self._sending, self._sending.limits
        now = sending.clock.monotonic()
        if self._has_bytes:
            last = self._arrivals.last
            patience = limits.between_chunks_timeout_s - (0 if last is None else now - last)
        else:
            sent = sending.watch.sent
            patience = limits.first_byte_timeout_s - (0 if sent is None else now - sent)
        return min(patience, sending.deadline - self._loop.time())

    def _arm(self) -> None:
        self._is_late = False
        self._timer = self._loop.call_later(max(0.001, self._left_s()), self._look)

    def _look(self) -> None:
        if not self._arrivals.pieces and self._left_s() <= 0:
            self._is_late = True
            self._arrivals.wake()
        else:
            self._arm()
