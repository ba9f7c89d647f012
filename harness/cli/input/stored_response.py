"""A provider's raw reply from a file or a pipe, read by its dialect the way a run reads it off the wire.

Takes a JSON body, a stream of server-sent events, or an envelope {"status", "headers", "body"} around either, as errors
are kept. Leading blank lines, comments and byte-order marks are what providers send and are no fault.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.types import Endpoint
from harness.providers import dialect_loader
from harness.providers.format.json_payload import shorten
from harness.providers.format.wire_types import ParsedResponse, ProviderError
from harness.providers.parsing.completeness import why_incomplete
from harness.providers.transport.sse import SseParser, looks_like_events

_EXACT_NUMBER = re.compile(r'"\\u0000([-+.0-9eE]+)\\u0000"')


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """An answer as it came: header names are lower case; `is_stream` says how `body` is to be read."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_stream: bool = False


def load_reply(path: str, *, status: int | None) -> StoredReply:
    """What lies in the file, or on standard input for `-`. `status` goes before an envelope's and the usual 200.

    Raises UsageError for a file that cannot be read or holds neither JSON nor a stream; with a `status` that is not 2xx
    any body is accepted, for gateways answer errors with pages.
    """
    where = "standard input" if path == "-" else path
    data = _bytes_of(path)
    if status is not None and not 200 <= status < 300 and not _looks_like_json(data):
        return StoredReply(body=data, status=status)
    if not data.strip():
        raise UsageError(f"{where} is empty; give a provider's raw JSON response or stream of server-sent events")
    stored = _unwrapped(data, where)
    return (
        stored
        if status is None
        else StoredReply(body=stored.body, status=status, headers=stored.headers, is_stream=stored.is_stream)
    )


def read_reply(stored: StoredReply, endpoint: Endpoint) -> tuple[ParsedResponse, ProviderError | None]:
    """The reply as the endpoint's dialect reads it, and why it is no answer, None where it is one."""
    reader = dialect_loader.new_parser(endpoint)
    if not 200 <= stored.status < 300:
        error = dialect_loader.read_error(endpoint, stored.status, stored.headers, stored.body)
        return reader.reply(stored.headers), error
    if stored.is_stream:
        parser = SseParser()
        for event, data in (*parser.feed(stored.body.lstrip()), *parser.finish()):
            reader.feed_event(event, data)
    else:
        reader.feed_body(stored.body)
    reply = reader.reply(stored.headers)
    return reply, reply.error or why_incomplete(reply, is_stream=stored.is_stream)


def _bytes_of(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _looks_like_json(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _unwrapped(data: bytes, where: str) -> StoredReply:
    if looks_like_events(data):
        return StoredReply(body=data, is_stream=True)
    value = _decoded(data, where)
    envelope = _envelope(value)
    if envelope is None:
        return StoredReply(body=data)
    status, headers, body = envelope.get("status"), envelope.get("headers"), envelope["body"]
    inner = body.encode() if isinstance(body, str) else _encoded(body)
    return StoredReply(
        body=inner,
        status=status if isinstance(status, int) and not isinstance(status, bool) else 200,
        headers={str(name).lower(): str(text) for name, text in headers.items()} if isinstance(headers, dict) else {},
        is_stream=looks_like_events(inner) is True,
    )


def _decoded(data: bytes, where: str) -> object:
    """The JSON value; fractions stay texts between two NULs, so that every digit can be written out again."""
    try:
        value: object = json.loads(data.decode("utf-8-sig"), parse_float=lambda digits: f"\0{digits}\0")
    except (ValueError, RecursionError) as error:
        found = shorten(data[:80].decode("utf-8", "replace"))
        raise UsageError(
            f"{where} is neither JSON ({error}) nor a stream of server-sent events (lines `data: ...`); "
            f"it begins with {found!r}"
        ) from None
    if not isinstance(value, dict | list):
        raise UsageError(f"{where} holds {shorten(repr(value), 60)}, which is not a provider's response")
    return value


def _encoded(value: object) -> bytes:
    text = json.dumps(value)
    return _EXACT_NUMBER.sub(r"\1", text).encode()


def _envelope(value: object) -> Mapping[str, object] | None:
    """The envelope that a value is, or holds under `http`; None where it is the reply itself."""
    for candidate in (value, value.get("http") if isinstance(value, dict) else None):
        if isinstance(candidate, dict) and "body" in candidate and candidate.keys() <= {"status", "headers", "body"}:
            return candidate
    return None
