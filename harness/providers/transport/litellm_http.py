"""The HTTP client that litellm's native routes are given, so that what is no event does not stop their own reading.

Imports litellm's own parts inside the function: the package takes seconds to import.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from harness.providers.transport.readable_body import ReadableBody, is_rewritable


class NativeClient(Protocol):
    """litellm's `AsyncHTTPHandler`."""

    async def close(self) -> None:
        """Close every connection."""


class _Request(Protocol):
    headers: dict[str, str]


class _Response(Protocol):
    """An httpx response, of which litellm's native routes read events themselves."""

    status_code: int
    headers: Mapping[str, str]
    stream: AsyncIterator[bytes]


def native_client() -> NativeClient:
    """litellm's HTTP client for its native routes, with bodies it can read and no content coding."""
    stream_class = importlib.import_module("httpx").AsyncByteStream
    readable = type("ReadableHttpxBody", (ReadableBody, stream_class), {})

    async def ask_plain(request: _Request) -> None:
        request.headers["Accept-Encoding"] = "identity"

    async def make_readable(response: _Response) -> None:
        if is_rewritable(response.status_code, response.headers):
            response.stream = readable(response.stream, content_type=response.headers["content-type"])

    handler = importlib.import_module("litellm.llms.custom_httpx.http_handler").AsyncHTTPHandler
    client: NativeClient = handler(event_hooks={"request": [ask_plain], "response": [make_readable]})
    return client
