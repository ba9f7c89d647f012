"""One request and its response: filled in the data callback, read by one coroutine; its connection keeps the time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from harness.core.clock import Clock
from harness.core.types import EndpointLimits, FailureKind
from harness.providers.transport.backend import TransportError
from harness.providers.transport.http.content_coding import Decoder, UndecodableError, decoder_of
from harness.providers.transport.http.framing import Head
from harness.providers.transport.network_errors import (
    MAX_BODY_BYTES,
    STALE_WITHIN_S,
    body_timeout,
    first_byte_timeout,
    short_message,
    too_large,
)
from harness.providers.transport.timing import Stopwatch


class OpenConnection(Protocol):
    """What an exchange needs of the connection that carries it."""

    def send(self, data: bytes, exchange: HttpExchange) -> None:
        """Write a whole request, whose response is the exchange's."""

    def wake_by(self, instant: float) -> None:
        """Have the exchange `look` at its time, by this reading of the event loop or before."""

    def abort(self) -> None:
        """Close at once."""


class HttpExchange:
    """The state of one exchange. `last_s`: monotonic reading of the last bytes of any kind; `head`: None until it came;
    `deadline`: the event loop's reading at which its time is up.

    The coroutine sleeps until the head is in, the consumer has enough, the body ends, or something breaks.
    """

    __slots__ = (
        "_body_bytes", "_broken", "_clock", "_connection", "_consume", "_decoder", "_has_changed_stage", "_has_enough",
        "_limits", "_loop", "_pieces", "_waiter", "_watch", "deadline", "head", "is_ended", "is_reused", "last_s",
    )  # fmt: skip

    def __init__(self, watch: Stopwatch, clock: Clock, limits: EndpointLimits, deadline: float) -> None:
        self._watch = watch
        self._clock = clock
        self._limits = limits
        self.deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._connection: OpenConnection | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._consume: Callable[[float, bytes], bool] | None = None
        self._has_enough = False
        self._has_changed_stage = False
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._body_bytes = 0
        self._decoder: Decoder | None = None
        self._broken: Exception | None = None
        self.head: Head | None = None
        self.is_ended = False
        self.is_reused = False
        self.last_s: float | None = None

    def send(self, connection: OpenConnection, data: bytes, *, is_reused: bool) -> None:
        """Write the whole request: from here the provider's time runs."""
        self._connection = connection
        self.is_reused = is_reused
        self._watch.sent = self._clock.monotonic()
        first_byte_by = self._loop.time() + self._limits.first_byte_timeout_s
        connection.wake_by(min(self.deadline, first_byte_by))
        connection.send(data, self)

    async def wait_for_head(self) -> Head:
        """The head, once it is in. Raises TransportError."""
        while self.head is None:
            if self._broken is not None:
                raise self._broken
            await self._wait()
        return self.head

    async def read(self, consume: Callable[[float, bytes], bool]) -> bool:
        """Hand each piece of the body to `consume` as it arrives, with its moment.

        True as soon as `consume` returns True, False at the end of the body. Raises TransportError where it broke off.
        """
        while True:
            while self._pieces:
                at, data = self._pieces.popleft()
                self._watch.last_byte = at
                if consume(at, data):
                    self._has_changed_stage = True
                    return True
            if self._broken is not None:
                raise self._broken
            if self.is_ended:
                return False
            self._consume = consume
            try:
                await self._wait()
            finally:
                self._consume = None
            if self._has_enough:
                self._has_enough = False
                return True

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        # A cancelled reader leaves its future done: set_result would raise InvalidStateError in the data callback.
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def has_text(self) -> bool:
        """Whether the first text of a stream has come."""
        return self._watch.first_text is not None

    @property
    def can_wait(self) -> bool:
        """Whether what comes next may be read some milliseconds late: more of an answer whose first text has come."""
        return self._watch.first_answer is not None and not self._has_changed_stage

    def arrival(self, read_at: float, arrived_s: float | None, pace_s: float) -> float:
        """When bytes came that were read at a moment, by the kernel's stamp; the stopwatch is told the difference.

        `pace_s`: how much earlier the first of them may have come, where they were not read as soon as they came.
        """
        self._watch.pace_s = pace_s
        if arrived_s is None:
            return read_at
        at = max(arrived_s, self._watch.sent or read_at)
        self._watch.note_age(at, read_at - at)
        return at

    def on_head(self, head: Head, at: float) -> None:
        """The head is in."""
        self._watch.headers = at
        self.head = head
        coding = head.headers.get("content-encoding")
        if coding is not None:
            self._decoder = decoder_of(coding)
        self._wake()

    def on_body(self, data: bytes, at: float) -> None:
        """A piece of the body came. Raises UndecodableError."""
        if self._decoder is not None:
            data = self._decoder.decode(data, MAX_BODY_BYTES - self._body_bytes)
            if not data:
                return
        self._body_bytes += len(data)
        consume = self._consume
        if self._body_bytes > MAX_BODY_BYTES:
            self.fail(too_large())
        elif consume is None:
            self._pieces.append((at, data))
        else:
            self._watch.last_byte = at
            if consume(at, data):
                self._consume = None
                self._has_enough = self._has_changed_stage = True
                self._wake()

    def on_end(self) -> None:
        """The body is whole; the connection is not ours any more."""
        self.is_ended = True
        self._connection = None
        self._wake()

    def on_lost(self, error: Exception | None) -> None:
        """The connection broke before the response was whole."""
        if self.head is not None:
            is_reset = isinstance(error, ConnectionResetError)
            what = f"the connection was {'reset' if is_reset else 'closed'} inside the answer"
            self.fail(TransportError(FailureKind.CONNECTION_LOST, what, was_sent=True))
        elif self._is_stale:
            # A kind of its own, since nothing was billed: the request can be sent again without counting as an attempt
            # that failed.
            what = "the server had closed the pooled connection"
            self.fail(TransportError(FailureKind.STALE_CONNECTION, what, was_sent=True))
        else:
            closed = "the server closed the connection before its headers were complete"
            what = closed if error is None else short_message(error)
            self.fail(TransportError(FailureKind.CONNECTION_LOST, what, was_sent=True))

    @property
    def _is_stale(self) -> bool:
        """Whether a break now is that of a pooled connection which the server had closed before it got the request.

        A reused connection that breaks before any byte is often one the server had closed just then (RFC 9112, 9.3.1).
        """
        sent = self._watch.sent
        is_quick = sent is not None and self._clock.monotonic() - sent < STALE_WITHIN_S
        return self.is_reused and self.last_s is None and is_quick

    def fail(self, error: Exception) -> None:
        """End the exchange with this error, unless it has ended; what came before stays readable."""
        if self.is_ended or self._broken is not None:
            return
        if isinstance(error, UndecodableError):
            what = "the compressed answer cannot be decoded"
            error = TransportError(FailureKind.MALFORMED_RESPONSE, what, was_sent=True)
        self._broken = error
        self.leave()
        self._wake()

    def leave(self) -> None:
        """Close the connection, unless the response is whole: the provider may stop to generate, and to bill."""
        if self._connection is not None:
            self._connection.abort()
            self._connection = None

    def look(self) -> None:
        """End the exchange where a time has run out, else look again when one may have."""
        left_s = self._left_s()
        if left_s > 0 and self._connection is not None:
            self._connection.wake_by(self._loop.time() + max(0.001, left_s))
            return
        is_total = self._loop.time() >= self.deadline
        if self.head is None:
            self.fail(first_byte_timeout(self._limits, is_total=is_total, was_sent=True))
        else:
            self.fail(body_timeout(self._limits, is_total=is_total, has_bytes=self._body_bytes > 0))

    def _left_s(self) -> float:
        """Seconds until the nearest timeout, by what has come so far."""
        limits, now = self._limits, self._clock.monotonic()
        if self._body_bytes:
            patience = limits.between_chunks_timeout_s - (0.0 if self.last_s is None else now - self.last_s)
        else:
            sent = self._watch.sent
            patience = limits.first_byte_timeout_s - (0.0 if sent is None else now - sent)
        return min(patience, self.deadline - self._loop.time())
