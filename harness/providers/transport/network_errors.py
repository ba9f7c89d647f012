"""What went wrong on the way, in the harness's words, for all backends: timeouts, sizes, TLS.

The openai package's exceptions are translated in openai_backend.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator

from harness.core.types import EndpointLimits, FailureKind
from harness.providers.transport.backend import TransportError

MAX_BODY_BYTES = 256 * 1024 * 1024
STALE_WITHIN_S = 1.0
"""A pooled connection that the server had closed shows so within a round trip; later, the model was at work."""


def first_byte_timeout(limits: EndpointLimits, *, is_total: bool, was_sent: bool) -> TransportError:
    """Which time ran out before any headers came; `is_total`: that of the whole attempt."""
    if is_total:
        kind, what = FailureKind.TOTAL_TIMEOUT, f"not finished within {limits.total_timeout_s:g} s"
    elif was_sent:
        kind, what = FailureKind.FIRST_BYTE_TIMEOUT, f"no answer within {limits.first_byte_timeout_s:g} s"
    else:
        kind, what = FailureKind.CONNECT_TIMEOUT, f"no connection within {limits.connect_timeout_s:g} s"
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
