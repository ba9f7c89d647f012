"""What litellm's exceptions mean: a break of the connection by its cause, or the provider's own error as a body."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

from harness.core.types import FailureKind, Json
from harness.providers.format.json_payload import InvalidJson, decode
from harness.providers.transport.backend import TransportError
from harness.providers.transport.litellm_documents import json_bytes
from harness.providers.transport.network_errors import chain, short_message, tls_cause

_TRACE = "\nTraceback"  # litellm puts whole tracebacks into messages
_CLEAN_END = (
    "before a finish_reason was received"  # `_stream_eof_error` in litellm_core_utils/streaming_handler.py, 1.110
)
_BREAKS: Mapping[str, FailureKind] = {
    "ConnectTimeout": FailureKind.CONNECT_TIMEOUT,
    "ConnectionTimeoutError": FailureKind.CONNECT_TIMEOUT,
    "ConnectTimeoutError": FailureKind.CONNECT_TIMEOUT,
    "ConnectError": FailureKind.CONNECTION_FAILED,
    "ClientConnectorError": FailureKind.CONNECTION_FAILED,
    "ConnectionRefusedError": FailureKind.CONNECTION_FAILED,
    "EndpointConnectionError": FailureKind.CONNECTION_FAILED,
    "ReadTimeout": FailureKind.FIRST_BYTE_TIMEOUT,
    "ReadTimeoutError": FailureKind.FIRST_BYTE_TIMEOUT,
    "TimeoutError": FailureKind.FIRST_BYTE_TIMEOUT,
    "NetworkError": FailureKind.CONNECTION_LOST,
    "RemoteProtocolError": FailureKind.CONNECTION_LOST,
    "ClientPayloadError": FailureKind.CONNECTION_LOST,
    "ServerDisconnectedError": FailureKind.CONNECTION_LOST,
    "ConnectionError": FailureKind.CONNECTION_LOST,
    "IncompleteRead": FailureKind.CONNECTION_LOST,
}
"""Causes by the name of an exception below litellm's own: of httpx, httpx2, aiohttp, botocore and the system."""


def transport_error(error: BaseException, *, has_chunks: bool = False) -> TransportError | None:
    """The break below litellm's exception; None where the provider, or litellm, had something to say."""
    errors = [*chain(error), *chain(getattr(error, "original_exception", None) or error)]
    kind = _cause(errors)
    if kind is not None:
        was_sent = kind not in (
            FailureKind.DNS,
            FailureKind.CONNECTION_FAILED,
            FailureKind.CONNECT_TIMEOUT,
            FailureKind.TLS,
        )
        if has_chunks and kind is FailureKind.FIRST_BYTE_TIMEOUT:
            kind = FailureKind.READ_TIMEOUT
        return TransportError(kind, f"through litellm: {_said(error)}", was_sent=was_sent)
    if type(error).__name__ != "APIConnectionError":
        return None
    # its class for whatever it did not foresee: a missing package, missing credentials, an answer it cannot read
    return TransportError(FailureKind.BAD_REQUEST, f"litellm gave up: {_said(error)}", was_sent=True)


def is_clean_end(error: BaseException) -> bool:
    """Whether the body ended as HTTP says, only without a finish reason; litellm takes that for a break."""
    errors = [*chain(error), *chain(getattr(error, "original_exception", None) or error)]
    return any(_CLEAN_END in str(one) for one in errors)


def _cause(errors: list[BaseException]) -> FailureKind | None:
    if any(isinstance(one, socket.gaierror) for one in errors):
        return FailureKind.DNS
    if any(isinstance(one, ssl.SSLError) for one in errors):
        return tls_cause(errors)
    names = {parent.__name__ for one in errors for parent in type(one).__mro__}
    return next((kind for name, kind in _BREAKS.items() if name in names), None)


def _said(error: BaseException) -> str:
    return short_message(error).partition(_TRACE)[0]


def error_status(error: BaseException) -> int:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 300 <= status < 600 else 500


def error_body(error: BaseException) -> bytes:
    """The provider's own error object where one can be found in litellm's text, else its text, in OpenAI's shape."""
    inner = getattr(error, "original_exception", None) or error
    text = str(getattr(inner, "message", None) or inner).partition(_TRACE)[0]
    told = getattr(inner, "body", None)
    found: Json = told if isinstance(told, Mapping) else _object_in(text)
    if isinstance(found, Mapping) and isinstance(found.get("error"), Mapping):
        found = found["error"]
    details = {"message": text, "type": type(inner).__name__}
    if isinstance(found, Mapping):
        details |= {key: value for key, value in found.items() if value}  # also what says when to come back
    return json_bytes({"error": details})


def _object_in(text: str) -> Json:
    start, end = text.find("{"), text.rfind("}")
    try:
        return decode(text[start : end + 1].encode()) if 0 <= start < end else None
    except InvalidJson:
        return None
