"""The default backend: an HTTP/1.1 client of our own, with the moment of arrival taken in the socket's data callback.

Small because the harness needs little of HTTP, and what a general client does for each request costs more CPU than the
rest of a sample. No redirects, no cookies, no HTTP/2. The parts: `http/`.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.types import EndpointLimits, FailureKind
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import StreamingResponse, TransportError
from harness.providers.transport.http.address import Address, Place, parse_address
from harness.providers.transport.http.arrival import StampedSocket
from harness.providers.transport.http.connection import Connection
from harness.providers.transport.http.dial import Dialer
from harness.providers.transport.http.exchange import HttpExchange
from harness.providers.transport.http.open_files import make_room
from harness.providers.transport.http.pool import Pool
from harness.providers.transport.network_errors import chain, first_byte_timeout, short_message, tls_cause
from harness.providers.transport.proxies import Proxies
from harness.providers.transport.timing import Stopwatch
from harness.providers.transport.trust import bundle_context

USER_AGENT = "price-performance-harness"  # some providers' gateways refuse requests without any
_COMMON = {
    "accept": "*/*",
    # A compressing proxy collects text until a block is full: first token and gaps would be the compressor's.
    "accept-encoding": "identity",
    "user-agent": USER_AGENT,
}


class _Route:
    """What all requests to one address share. `lines`: the request line and the fields that are always the same."""

    __slots__ = ("_head", "_headers", "credentials", "lines", "place", "proxy")

    def __init__(self, address: Address, proxy: Address | None) -> None:
        self.place: Place = address.place
        self.proxy = proxy
        self.credentials = address.credentials
        is_forwarded = proxy is not None and self.place.scheme == "http"
        target = f"http://{self.place.authority}{address.path}" if is_forwarded else address.path
        self.lines = f"POST {target} HTTP/1.1\r\nHost: {self.place.authority}\r\n"
        if proxy is not None and is_forwarded and proxy.credentials is not None:
            self.lines += f"Proxy-Authorization: {proxy.credentials}\r\n"
        self._headers: Mapping[str, str] | None = None
        self._head = b""

    def head(self, headers: Mapping[str, str]) -> bytes:
        """The head of a request but for its length; requests of one template have the same `headers` object.

        Raises TransportError for a field that would end its line.
        """
        if headers is not self._headers:
            self._head, self._headers = self._joined(headers), headers
        return self._head

    def _joined(self, headers: Mapping[str, str]) -> bytes:
        fields: Mapping[str, str] = {**_COMMON, **headers}
        if self.credentials is not None:
            fields = {"authorization": self.credentials, **fields}
        lines = "\r\n".join([f"{name}: {value}" for name, value in fields.items()])
        if lines.count("\n") != len(fields) - 1 or lines.count("\r") != len(fields) - 1:
            what = "the name or value of a header holds a line break"
            raise TransportError(FailureKind.BAD_REQUEST, what, was_sent=False)
        return f"{self.lines}{lines}\r\n".encode()


class HttpBackend:
    """The connections of a run to all its endpoints. Make it inside a running event loop.

    `clock` must be the one of the stopwatches: arrival moments are its monotonic readings.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        make_room()
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._proxies = Proxies()
        self._ssl_context = ssl_context or bundle_context()
        self._dialer = Dialer(self._tls)
        self._pool = Pool()
        self._routes: dict[str, _Route] = {}

    def _tls(self) -> ssl.SSLContext:
        """The context of all TLS connections, made at the first of them: reading the authorities takes 20 ms."""
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
            self._ssl_context.set_alpn_protocols(["http/1.1"])
        return self._ssl_context

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AbstractAsyncContextManager[StreamingResponse]:
        """Send the request and yield the exchange; leaving early closes the connection."""
        exchange = HttpExchange(watch, self._clock, limits, self._loop.time() + limits.total_timeout_s)
        return _Opened(self, request, limits, exchange)

    async def start(self, request: WireRequest, limits: EndpointLimits, exchange: HttpExchange) -> None:
        """Send the request over a connection that is free or new."""
        route = self._routes.get(request.url)
        if route is None:
            proxy = self._proxies.proxy_for(request.url)
            route = _Route(parse_address(request.url), None if proxy is None else parse_address(proxy))
            self._routes[request.url] = route
        data = _written(route, request)
        connection = self._pool.take((route.place, route.proxy))
        is_reused = connection is not None
        if connection is None:
            connection = await self._connect(route, limits, exchange)
        exchange.send(connection, data, is_reused=is_reused)

    async def _connect(self, route: _Route, limits: EndpointLimits, exchange: HttpExchange) -> Connection:
        on_idle = functools.partial(self._pool.put, (route.place, route.proxy))

        def make(made: StampedSocket) -> Connection:
            arrivals = made if self._clock.monotonic is SYSTEM_CLOCK.monotonic else None
            return Connection(self._clock.monotonic, arrivals, on_idle, self._pool.drop)

        try:
            async with asyncio.timeout_at(min(exchange.deadline, self._loop.time() + limits.connect_timeout_s)):
                connection = await self._dialer.connect(route.place, route.proxy, make)
        except (OSError, ssl.SSLError, TimeoutError) as error:
            is_total = self._loop.time() >= exchange.deadline
            raise _connect_failure(error, route, limits, is_total=is_total) from error
        self._pool.add(connection)
        return connection


class _Opened(AbstractAsyncContextManager[StreamingResponse]):
    """An exchange between its sending and the moment its reader leaves."""

    __slots__ = ("_backend", "_exchange", "_limits", "_request")

    def __init__(
        self, backend: HttpBackend, request: WireRequest, limits: EndpointLimits, exchange: HttpExchange
    ) -> None:
        self._backend = backend
        self._request = request
        self._limits = limits
        self._exchange = exchange

    async def __aenter__(self) -> StreamingResponse:
        exchange = self._exchange
        try:
            await self._backend.start(self._request, self._limits, exchange)
            head = await exchange.wait_for_head()
        except BaseException:
            exchange.leave()
            raise
        return StreamingResponse(status=head.status, headers=head.headers, body=exchange)

    async def __aexit__(self, *_: object) -> None:
        self._exchange.leave()


def _written(route: _Route, request: WireRequest) -> bytes:
    """The whole request as it goes over the wire. Raises TransportError for a field that would end its line."""
    return b"%bcontent-length: %d\r\n\r\n%b" % (route.head(request.headers), len(request.body), request.body)


def _connect_failure(error: OSError, route: _Route, limits: EndpointLimits, *, is_total: bool) -> TransportError:
    """Why there is no connection; nothing was sent."""
    through = "" if route.proxy is None else f" through the proxy {route.proxy.place.authority}"
    what = f"no connection to {route.place.authority}{through}: {short_message(error)}"
    match error:
        case TimeoutError() if error.errno is None:  # ours; the system's own has a number
            return first_byte_timeout(limits, is_total=is_total, was_sent=False)
        case socket.gaierror() if route.proxy is None:
            kind = FailureKind.DNS
        case ssl.SSLError():
            kind = tls_cause(chain(error))
        case _:
            kind = FailureKind.CONNECTION_FAILED
    return TransportError(kind, what, was_sent=False)
