"""One connection: stamps what comes in the data callback, before anything is parsed, and parses it there.

The stamp must not be taken where the bytes are read: with hundreds of streams the reading coroutine runs late, and the
harness would measure itself. Until the first text of an answer is in, and where the event loop reads in rounds, the
stamp is the kernel's, where it has one (arrival). Bytes that came before a reset are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from harness.core.types import FailureKind
from harness.providers.transport.backend import TransportError
from harness.providers.transport.http.arrival import StampedSocket
from harness.providers.transport.http.exchange import HttpExchange
from harness.providers.transport.http.framing import (
    BodyUntilClose,
    Framing,
    NotHttpError,
    end_of_head,
    framing_of,
    read_head,
)
from harness.providers.transport.http.paced_loop import ReadTurn

_BUFFER = memoryview(bytearray(256 * 1024))
"""A view: asyncio writes the second TLS record of a read into a slice of it, and that of a bytearray is a copy."""
_MANY_BYTES = 16 * 1024
"""A stream that brings so much in one read is read at once: the sender may wait for room in the socket."""


class Connection(asyncio.BufferedProtocol):
    """A connection that carries one exchange after another. `on_idle` is told when it is free again, `on_closed` of its
    end. `arrivals`: its socket, where `monotonic` runs as the kernel's stamps do; None: they are not asked for."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        arrivals: StampedSocket | None,
        on_idle: Callable[[Connection], None],
        on_closed: Callable[[Connection], None],
    ) -> None:
        self._monotonic = monotonic
        self._arrivals = arrivals
        self._on_idle = on_idle
        self._on_closed = on_closed
        self._transport: asyncio.Transport | None = None
        self._exchange: HttpExchange | None = None
        self._framing: Framing | None = None
        self._head = b""
        self._is_persistent = False
        self._timer: asyncio.TimerHandle | None = None
        self._turn = ReadTurn(arrivals)
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def send(self, data: bytes, exchange: HttpExchange) -> None:
        """Write a whole request."""
        assert self._transport is not None
        if not self.is_open:  # closed by the server as soon as it was opened
            exchange.on_lost(None)
            return
        self._exchange = exchange
        if self._arrivals is not None:
            self._arrivals.is_asked = True
        self._transport.write(data)

    def wake_by(self, instant: float) -> None:
        """Have the exchange look at its time, by this reading of the event loop or before.

        A timer that is there already and goes off earlier is kept, also from one exchange to the next: nearly none of
        their timeouts are reached, and a timer for each would cost 5 us to make and to remove.
        """
        timer = self._timer
        if timer is not None:
            if timer.when() <= instant:
                return
            timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(instant, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        if self._exchange is not None:
            self._exchange.look()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abort(self) -> None:
        """Close at once; what was not sent is dropped."""
        self._disarm()
        self.is_open = False
        self._exchange = None
        if self._transport is not None:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by the event loop: the place for the next bytes, the same for all connections.

        Without it asyncio allocates 256 KiB for each read, which the C library maps and unmaps: 12 us for every chunk.
        """
        del sizehint
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Called by the event loop, at once after the bytes were put there."""
        at, exchange, data = self._monotonic(), self._exchange, bytes(_BUFFER[:nbytes])
        if exchange is None:  # bytes that nobody asked for would be taken for the next response
            self.abort()
            return
        exchange.last_s = at
        arrivals = self._arrivals
        if arrivals is not None and arrivals.is_asked:
            at = exchange.arrival(at, arrivals.arrived_s, self._turn.pace_s)
            arrivals.is_asked = self._turn.is_deferred or not exchange.has_text
        try:
            if self._framing is None:
                data = self._take_head(data, exchange, at)
            framing = self._framing
            if framing is None:
                return
            body = framing.feed(data)
            if body:
                exchange.on_body(body, at)
            if framing.error is not None:
                raise framing.error
            if framing.is_ended:
                self._end(exchange, framing)
            elif self._turn.is_deferred is not (exchange.can_wait and nbytes < _MANY_BYTES):
                self._change_turn()
        except NotHttpError as error:
            what = f"no HTTP answer: {error}"
            exchange.fail(TransportError(FailureKind.MALFORMED_RESPONSE, what, was_sent=True))
        except Exception as error:  # noqa: BLE001 - the reader raises it: the loop would drop it, and the reader wait on
            exchange.fail(error)

    def _take_head(self, data: bytes, exchange: HttpExchange, at: float) -> bytes:
        """Read the head if it is whole by now; returns what of the data comes after it."""
        data = self._head + data if self._head else data.lstrip(b"\r\n")
        while (end := end_of_head(data)) >= 0:
            head, data = read_head(data[:end]), data[end:]
            if head.is_interim:
                continue
            self._framing = framing_of(head)
            self._is_persistent = head.is_persistent
            self._head = b""
            exchange.on_head(head, at)
            return data
        self._head = data
        return b""

    def _change_turn(self) -> None:
        """Have the event loop read in rounds, where it has such, or again as soon as bytes come."""
        if self._turn.is_deferred:
            self._turn.hasten()
        elif self.is_open and self._arrivals is not None:
            self._turn.defer()
            self._arrivals.is_asked = self._turn.is_deferred

    def _end(self, exchange: HttpExchange, framing: Framing) -> None:
        """The response is whole: free the connection first, so that whoever is woken can use it."""
        assert self._transport is not None
        self._exchange = self._framing = None
        self._turn.hasten()
        # a response that came before the request was written whole (413, say) leaves the rest of it on the wire
        is_clean = self._is_persistent and not framing.rest and not self._transport.get_write_buffer_size()
        if is_clean and self.is_open:
            self._on_idle(self)
        else:
            self.abort()
        exchange.on_end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._disarm()
        self.is_open = False
        exchange, self._exchange = self._exchange, None
        self._on_closed(self)
        if exchange is None:
            return
        if isinstance(self._framing, BodyUntilClose) and exc is None:
            exchange.on_end()
        else:
            exchange.on_lost(exc)
