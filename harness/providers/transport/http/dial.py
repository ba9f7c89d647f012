"""Opening a connection: host names, TCP, TLS, and the tunnel of a proxy."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType

from harness.core.types import FailureKind
from harness.providers.transport.backend import TransportError
from harness.providers.transport.http.address import Address, Place
from harness.providers.transport.http.arrival import StampedSocket
from harness.providers.transport.http.connection import Connection
from harness.providers.transport.http.framing import NotHttpError, end_of_head, read_head

DNS_CACHE_S = 300.0
_NEXT_ADDRESS_S = 0.25
"""Seconds after which the next address of a host is tried beside the one before (RFC 8305, section 5)."""
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 5}
"""Probes on a silent connection: a model may think for minutes, and address translators forget after five."""
_HANDSHAKE_S = 3600.0  # the connect timeout of the endpoint ends it before

P = TypeVar("P", bound=asyncio.BaseProtocol)


class Dialer:
    """Opens connections; host names are looked up once in five minutes."""

    def __init__(self, ssl_context: Callable[[], ssl.SSLContext]) -> None:
        self._ssl_context = ssl_context
        self._loop = asyncio.get_running_loop()
        self._known: dict[tuple[str, int], tuple[float, asyncio.Future[list[AddrInfoType]]]] = {}

    async def connect(
        self, place: Place, proxy: Address | None, make: Callable[[StampedSocket], Connection]
    ) -> Connection:
        """A connection to a place. Raises OSError (names and TLS included), and TransportError where a proxy refuses.

        Through a proxy, requests to http addresses are sent to it as they are; https gets a tunnel.
        """
        if proxy is not None and place.scheme == "https":
            return await self._tunnelled(place, proxy, make)
        first = place if proxy is None else proxy.place
        _, connection = await self._opened(first, make)
        return connection

    async def _opened(self, place: Place, make: Callable[[StampedSocket], P]) -> tuple[asyncio.Transport, P]:
        context = self._ssl_context() if place.scheme == "https" else None
        made = await self._socket(place)
        assert isinstance(made, StampedSocket)
        transport, protocol = await self._loop.create_connection(
            lambda: make(made),
            sock=made,
            ssl=context,
            server_hostname=None if context is None else place.host,
            ssl_handshake_timeout=None if context is None else _HANDSHAKE_S,
        )
        return transport, protocol

    async def _tunnelled(self, place: Place, proxy: Address, make: Callable[[StampedSocket], Connection]) -> Connection:
        transport, tunnel = await self._opened(proxy.place, lambda made: _Tunnel(place, proxy, made))
        connection = make(tunnel.socket)
        try:
            await tunnel.opened
            secure = await self._loop.start_tls(
                transport,
                connection,
                self._ssl_context(),
                server_hostname=place.host,
                ssl_handshake_timeout=_HANDSHAKE_S,
            )
        except BaseException:
            transport.abort()
            raise
        assert secure is not None
        connection.connection_made(secure)
        return connection

    async def _socket(self, place: Place) -> socket.socket:
        key = place.host, place.port
        until_s, addresses = self._known.get(key, (0.0, None))
        if addresses is None or until_s < self._loop.time():
            # one look-up for all who ask meanwhile: hundreds would fill the threads for them
            addresses = asyncio.ensure_future(self._addresses(place))
            self._known[key] = self._loop.time() + DNS_CACHE_S, addresses
        try:
            return await aiohappyeyeballs.start_connection(
                await asyncio.shield(addresses), happy_eyeballs_delay=_NEXT_ADDRESS_S, socket_factory=_new_socket
            )
        except OSError:
            self._known.pop(key, None)  # the host may have moved
            raise

    async def _addresses(self, place: Place) -> list[AddrInfoType]:
        return [*await self._loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)]


def _new_socket(address: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = StampedSocket(family=family, type=kind, proto=protocol)
    made.prepare()
    # Without probes a connection that an address translator forgot looks like a model that thinks, until the timeout.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # macOS lacks TCP_KEEPIDLE
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made


class _Tunnel(asyncio.Protocol):
    """Asks a proxy for a tunnel to a place; `opened` is done once it is there, over `socket`."""

    def __init__(self, place: Place, proxy: Address, made: StampedSocket) -> None:
        self.socket = made
        self._place = place
        self._proxy = proxy
        self._head = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        host = f"[{self._place.host}]" if ":" in self._place.host else self._place.host
        lines = [f"CONNECT {host}:{self._place.port} HTTP/1.1", f"Host: {host}:{self._place.port}"]
        if self._proxy.credentials is not None:
            lines.append(f"Proxy-Authorization: {self._proxy.credentials}")
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._head += data
        try:
            end = end_of_head(self._head)
            status = read_head(self._head[:end]).status if end >= 0 else None
        except NotHttpError as error:
            self._fail(f"the proxy's answer is no HTTP: {error}")
            return
        if status is not None and not 200 <= status < 300:
            self._fail(f"the proxy refused the tunnel with status {status}")
        elif status is not None and not self.opened.done():
            self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._fail("the proxy closed the connection before the tunnel was open")

    def _fail(self, what: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(TransportError(FailureKind.CONNECTION_FAILED, what, was_sent=False))
            self.opened.exception()  # whoever was cancelled asks no more; an unasked exception would be reported
