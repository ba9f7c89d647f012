"""The border between a client that moves bytes and whatever library moves them.

A backend opens an exchange: status, headers, then pieces of the body with the moment each arrived. What goes wrong on
the way is a `TransportError` with a cause.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from harness.core.types import EndpointLimits, FailureKind
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.timing import Stopwatch


class TransportError(Exception):
    """The exchange broke. `was_sent`: the request, or part of it, had left this machine."""

    def __init__(self, kind: FailureKind, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.was_sent = was_sent


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingResponse:
    """An answer whose headers are in. `pieces` yields (moment of arrival, bytes) until the body ends."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[tuple[float, bytes]]


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
