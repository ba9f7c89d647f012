"""The border between a client that moves bytes and whatever library moves them.

A backend opens an exchange: status, headers, then the body, handed on piece by piece with the moment each arrived. What
goes wrong on the way is a `TransportError` with a cause.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from harness.core.fast_init import fast_init
from harness.core.types import EndpointLimits, FailureKind
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.timing import Stopwatch


class TransportError(Exception):
    """The exchange broke. `was_sent`: the request, or part of it, had left this machine."""

    def __init__(self, kind: FailureKind, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.was_sent = was_sent


class Body(Protocol):
    """The body of a response, for one reader.

    The default backend calls `consume` in the socket's data callback: a reader sleeps until it has to decide something.
    """

    async def read(self, consume: Callable[[float, bytes], bool]) -> bool:
        """Hand each piece to `consume` as it arrives: the moment of arrival, and the bytes.

        True as soon as `consume` returns True; the rest can then be read by a further call. False at the end of the
        body. Raises TransportError where it broke off.
        """
        ...


class PulledBody:
    """The body of a library that gives one piece after another, as (moment of arrival, bytes)."""

    def __init__(self, pieces: AsyncIterator[tuple[float, bytes]]) -> None:
        self._pieces = pieces

    async def read(self, consume: Callable[[float, bytes], bool]) -> bool:
        """See Body."""
        while (piece := await anext(self._pieces, None)) is not None:
            if consume(*piece):
                return True
        return False


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingResponse:
    """An answer whose headers are in, with names in lower case (RFC 9110, section 5.1: they are case-insensitive)."""

    status: int
    headers: Mapping[str, str]
    body: Body


class Backend(Protocol):
    """Moves the bytes of one request at a time; shared by all calls of a run."""

    def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AbstractAsyncContextManager[StreamingResponse]:
        """Send the request; stamp `watch.sent` and `watch.headers`. Raises TransportError."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...
