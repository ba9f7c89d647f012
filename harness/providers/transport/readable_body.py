"""Response bodies without what packages that decode by themselves (litellm) fail at, although the answer is there.

Dropped from a stream of events: what is no JSON object (keep-alive data), and after the finish reason errors and broken
JSON. Content that is a list of typed parts becomes text, refusal and reasoning. All else stays as it came.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Protocol

from harness.core.types import Json
from harness.providers.format.json_payload import get_path
from harness.providers.transport.sse import SseParser

_NO_FINISH = (None, "", "null", "None")


class ByteStream(Protocol):
    """The body of a response of httpx or httpx2."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


class ReadableBody:
    """A body in place of the one that arrives: events one by one, or a JSON document once it is whole."""

    def __init__(self, stream: ByteStream, *, content_type: str) -> None:
        self._stream = stream
        self._is_events = "event-stream" in content_type

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in readable_events(self._stream) if self._is_events else _readable_document(self._stream):
            yield piece

    async def aclose(self) -> None:
        """Close what is beneath."""
        await self._stream.aclose()


def is_rewritable(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a response can be rewritten: an answer in events or JSON, without a content coding."""
    kind = headers.get("content-type", "")
    is_coded = headers.get("content-encoding", "identity") != "identity"
    return status == 200 and not is_coded and ("event-stream" in kind or "json" in kind)


async def readable_events(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The events of a stream as bytes again; b"" for one that is dropped."""
    parser, is_finished = SseParser(), False
    async for piece in stream:
        for name, data in parser.feed(piece):
            data, is_finished = _readable_event(data, is_finished=is_finished)
            yield _written(name, data)
    for name, data in parser.finish():
        data, is_finished = _readable_event(data, is_finished=is_finished)
        yield _written(name, data)


async def _readable_document(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    body = b"".join([piece async for piece in stream])
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        yield body
    else:
        yield json.dumps(document).encode() if _flatten_content(document) else body


def _readable_event(data: bytes, *, is_finished: bool) -> tuple[bytes, bool]:
    """The data to pass on, b"" for none; and whether the finish reason has come by now."""
    if not data.lstrip().startswith((b"{", b"[{", b"[DONE]")):
        return b"", is_finished
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        is_mark = data.strip() == b"[DONE]"
        return data if is_mark or not is_finished else b"", is_finished
    if is_finished and (get_path(document, "error") or get_path(document, "type") == "error"):
        return b"", True
    is_finished = is_finished or _has_finish_reason(document)
    return (json.dumps(document).encode() if _flatten_content(document) else data), is_finished


def _has_finish_reason(document: Json) -> bool:
    """In a chat completion's chunk, or in Anthropic's `message_delta`."""
    words = [get_path(choice, "finish_reason") for choice in _choices(document)]
    return any(word not in _NO_FINISH for word in [*words, get_path(document, "delta.stop_reason")])


def _choices(document: Json) -> list[Json]:
    choices = get_path(document, "choices")
    return choices if isinstance(choices, list) else []


def _flatten_content(document: Json) -> bool:
    """Write lists of content parts as strings, in place; whether there were any.

    Parts: OpenAI's API reference (`text`, `refusal`), Mistral's (`thinking`); both read on 2026-11-21.
    """
    held = [get_path(choice, name) for choice in _choices(document) for name in ("message", "delta")]
    messages = [one for one in held if isinstance(one, dict) and isinstance(one.get("content"), list)]
    for message in messages:
        parts = message["content"]
        said = {name: "".join(_texts(parts, name)) for name in ("text", "refusal", "thinking")}
        message["content"] = said["text"]
        for field, text in (("refusal", said["refusal"]), ("reasoning_content", said["thinking"])):
            if text:
                message[field] = text
    return bool(messages)


def _texts(parts: Json, name: str) -> list[str]:
    """The strings of that name in parts; `thinking` holds parts of its own."""
    found: list[str] = []
    for part in parts if isinstance(parts, list) else ():
        value = get_path(part, name)
        found += [value] if isinstance(value, str) else _texts(value, "text")
    return found


def _written(name: str, data: bytes) -> bytes:
    """An event as bytes; nothing for one without data."""
    if not data:
        return b""
    named = f"event: {name}\n".encode() if name else b""
    return named + b"".join(b"data: " + line + b"\n" for line in data.split(b"\n")) + b"\n"
