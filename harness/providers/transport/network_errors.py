"""What went wrong on the way, in the harness's words: aiohttp's and the system's exceptions to a TransportError.

Covers the moment before the headers (start) and the body. The openai package's exceptions are translated in
openai_backend.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from harness.core.clock import Clock
from harness.core.types import EndpointLimits, FailureKind
from harness.providers.transport.backend import TransportError
from harness.providers.transport.timing import Stopwatch

MAX_BODY_BYTES = 256 * 1024 * 1024
STALE_WITHIN_S = 1.0
"""A pooled connection that the server had closed shows so within a round trip; later, the model was at work."""


@dataclass(slots=True, kw_only=True)
class RequestState:
    """The state of one request on its way; `deadline` is on the loop's clock, `scope` limits the wait for headers."""

    watch: Stopwatch
    clock: Clock
    limits: EndpointLimits
    deadline: float
    scope: asyncio.Timeout | None = None
    is_reused: bool = False
    has_bytes: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether a break now is that of a pooled connection which the server had closed before it got the request."""
        if not self.is_reused or self.has_bytes:
            return False
        sent = self.watch.sent
        return sent is None or self.clock.monotonic() - sent < STALE_WITHIN_S


def connect_failure(error: Exception, sending: RequestState, *, now: float) -> TransportError:
    """Why no headers came; `now` is the loop's time."""
    was_sent = sending.watch.sent is not None
    kind, what = FailureKind.CONNECTION_LOST, short_message(error)
    match error:
        # The order of the cases counts: aiohttp's own timeouts are TimeoutErrors, and its connector errors are
        # OSErrors.
        case aiohttp.ConnectionTimeoutError():
            kind, what = FailureKind.CONNECT_TIMEOUT, _no_connection(sending.limits)
        case TimeoutError() if not isinstance(error, aiohttp.ClientError):
            return first_byte_timeout(sending.limits, is_total=now >= sending.deadline, was_sent=was_sent)
        case aiohttp.ClientConnectorDNSError():
            kind = FailureKind.DNS
        case aiohttp.ClientSSLError() | ssl.SSLError():
            kind = tls_cause(chain(error))
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError():
            kind = FailureKind.CONNECTION_FAILED
        # A kind of its own, since nothing was billed: the request can be sent again without counting as an attempt that
        # failed.
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError() if sending.is_stale:
            kind = FailureKind.STALE_CONNECTION
            what = "the server had closed the pooled connection"
        case aiohttp.ServerDisconnectedError():
            what = "the server closed the connection before its headers were complete"
        case aiohttp.ClientResponseError():
            kind, what = FailureKind.MALFORMED_RESPONSE, f"no HTTP answer: {error.message or what}"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            kind, what = FailureKind.BAD_REQUEST, "the address is not one of HTTP"
    return TransportError(kind, what, was_sent=was_sent)


def first_byte_timeout(limits: EndpointLimits, *, is_total: bool, was_sent: bool) -> TransportError:
    """Which time ran out before any headers came; `is_total`: that of the whole attempt."""
    if is_total:
        kind, what = FailureKind.TOTAL_TIMEOUT, f"not finished within {limits.total_timeout_s:g} s"
    elif was_sent:
        kind, what = FailureKind.FIRST_BYTE_TIMEOUT, f"no answer within {limits.first_byte_timeout_s:g} s"
    else:
        kind, what = FailureKind.CONNECT_TIMEOUT, _no_connection(limits)
    return TransportError(kind, what, was_sent=was_sent)


def body_timeout(limits: EndpointLimits, *, is_total: bool, has_bytes: bool, piece: str = "byte") -> TransportError:
    """Which time ran out after the headers; `piece`: what the backend sees of a body."""
    if is_total:
        return first_byte_timeout(limits, is_total=True, was_sent=True)
    if has_bytes:
        kind, what = FailureKind.READ_TIMEOUT, f"no further {piece} within {limits.between_chunks_timeout_s:g} s"
    else:
        kind, what = FailureKind.FIRST_BYTE_TIMEOUT, f"no byte of the body within {limits.first_byte_timeout_s:g} s"
    return TransportError(kind, what, was_sent=True)


def _no_connection(limits: EndpointLimits) -> str:
    return f"no connection within {limits.connect_timeout_s:g} s"


def body_failure(error: BaseException) -> TransportError:
    """Why the body broke off."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ContentEncodingError):
            return TransportError(
                FailureKind.MALFORMED_RESPONSE, "the compressed answer cannot be decoded", was_sent=True
            )
        cause = cause.__cause__
    how = "reset" if "reset" in str(error).lower() else "closed"
    what = f"the connection was {how} inside the answer"
    return TransportError(FailureKind.CONNECTION_LOST, what, was_sent=True)


def too_large() -> TransportError:
    """The answer is larger than anything a model can have meant."""
    what = f"the answer is larger than {MAX_BODY_BYTES // 2**20} MiB"
    return TransportError(FailureKind.MALFORMED_RESPONSE, what, was_sent=True)


def tls_cause(errors: Iterable[BaseException]) -> FailureKind:
    """TLS that will never work, or a handshake that broke off as any connection may."""
    # A wrong certificate stays wrong; an end of file in the handshake is an overloaded server and may pass.
    broke_off = any(isinstance(one, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)) for one in errors)
    return FailureKind.CONNECTION_FAILED if broke_off else FailureKind.TLS


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all it came from; libraries hide the system's own ones deep."""
    # Exceptions may form a circle (`raise a from b` where b came from a), on which a plain walk would never end.
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [cause for cause in (one.__cause__, one.__context__) if cause is not None]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def short_message(error: BaseException) -> str:
    """The exception's text, or its name where it has none, cut short."""
    text = str(error) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."
