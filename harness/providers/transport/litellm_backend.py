"""litellm as a backend (`backend: litellm`): APIs that are not compatible, such as Bedrock, Vertex, native Anthropic.

The only module that imports `litellm`, an extra; importing it takes seconds, so only `make()` does. Its chunks are
written out again as events in OpenAI's shape, so that the dialects `generic` and `openai` read them. Off: its retries,
its fetch of prices, its reading of `.env`, its callbacks and cache. Its dollars are left out. It invents two things,
which are not passed on: a `stop` at the end of a stream that was cut, and counts of tokens where the provider gave
none.

Its latencies measure litellm too (docs/reliability.md).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import math
import os
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.errors import LocalError
from harness.core.types import EndpointLimits, Json
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import Backend, PulledBody, StreamingResponse
from harness.providers.transport.litellm_documents import (
    chunk_document,
    ending_events,
    error_headers,
    event_bytes,
    json_bytes,
    native_finish,
    response_headers,
    usage_seen,
    whole_body,
)
from harness.providers.transport.litellm_errors import error_body, error_status, is_clean_end, transport_error
from harness.providers.transport.litellm_http import native_client
from harness.providers.transport.network_errors import body_timeout, first_byte_timeout, short_message
from harness.providers.transport.openai_backend import EXTRA_QUERY, sdk_http_client
from harness.providers.transport.timing import Stopwatch
from harness.providers.transport.trust import ca_bundle

INSTALL = "pip install 'price-performance-harness[litellm]'"
_SETTINGS = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}  # no prices fetched, no .env read
_OFF = {
    "telemetry": False,
    "drop_params": False,
    "modify_params": False,
    "cache": None,
    "num_retries": 0,
    "suppress_debug_info": True,
    "disable_hf_tokenizer_download": True,
    "include_cost_in_streaming_usage": False,
}
_CALLBACKS = ("callbacks", "success_callback", "failure_callback", "_async_success_callback", "_async_failure_callback")
_SIGNED = ("bedrock/", "sagemaker/", "vertex_ai/")  # these take no key but credentials of the environment
_NATIVE = "anthropic/"  # the route that takes an HTTP client of litellm's own class
_NO_KEY = "none"  # without one litellm would send the environment's, wherever the address leads
_PATH = "/chat/completions"
REST_S, REST_WITH_USAGE_S = 25.0, 1.5
"""Seconds to wait for the rest of a stream after its finish reason: less than the client waits (`client.REST_S`)."""


def make(*, clock: Clock = SYSTEM_CLOCK) -> Backend:
    """The backend. Make it inside a running event loop. Raises LocalError where the extra is not installed."""
    return _LiteLLMBackend(_library(), clock)


def _library() -> ModuleType:
    os.environ.update(_SETTINGS)  # litellm reads them while it is imported, and nowhere else
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of its own code, of which it has many
            library = importlib.import_module("litellm")
    except ImportError as error:
        raise LocalError(
            f"backend: litellm needs the package litellm ({short_message(error)}); install it: {INSTALL}"
        ) from None
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)  # it would write over the live screen
    for name, value in _OFF.items():
        setattr(library, name, value)
    for name in _CALLBACKS:
        setattr(library, name, [])
    bundle = ca_bundle()
    if bundle is not None:
        vars(library)["ssl_verify"] = str(bundle)
    return library


@runtime_checkable
class _Closable(Protocol):
    async def aclose(self) -> None: ...


class _LiteLLMBackend:
    def __init__(self, library: ModuleType, clock: Clock) -> None:
        self._library = library
        self._clock = clock
        self._session = sdk_http_client()
        vars(library)["aclient_session"] = self._session  # its way to take a client of one's own, on the OpenAI routes
        self._native = native_client()
        self._errors = (*library.exceptions.LITELLM_EXCEPTION_TYPES, OSError)

    async def close(self) -> None:
        """Close every connection."""
        vars(self._library)["aclient_session"] = None
        await self._session.aclose()
        await self._native.close()
        close = getattr(self._library, "close_litellm_async_clients", None)
        if close is not None:
            await close()
        # else the next backend of this process would get the closed clients; litellm makes both anew when asked
        self._library.in_memory_llm_clients_cache.flush_cache()
        vars(self._library).pop("module_level_aclient", None)
        worker = importlib.import_module("litellm.litellm_core_utils.logging_worker").GLOBAL_LOGGING_WORKER
        await worker.stop()  # its task would outlive the event loop

    @asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        """Send the request and yield the exchange; leaving early closes the connection."""
        deadline = asyncio.get_running_loop().time() + limits.total_timeout_s
        watch.sent = self._clock.monotonic()
        answer = await self._start(request, limits, deadline)
        watch.headers = self._clock.monotonic()
        if isinstance(answer, Exception):
            watch.last_byte = watch.headers
            yield StreamingResponse(
                status=error_status(answer), headers=error_headers(answer), body=self._once(error_body(answer))
            )
        elif not isinstance(answer, AsyncIterator):
            watch.last_byte = watch.headers
            yield StreamingResponse(status=200, headers=response_headers(answer), body=self._once(whole_body(answer)))
        else:
            responses = list(_responses(answer, depth=5))  # now: a generator that was cancelled holds nothing
            pieces = self._pieces(answer, limits, deadline, watch)
            try:
                yield StreamingResponse(status=200, headers=response_headers(answer), body=PulledBody(pieces))
            finally:
                await pieces.aclose()
                await _closed(answer, responses)

    async def _start(self, request: WireRequest, limits: EndpointLimits, deadline: float) -> object:
        """What litellm answers, or its exception where the provider refused."""
        loop = asyncio.get_running_loop()
        wanted: dict[str, object] = {**_arguments(request, timeout_s=limits.total_timeout_s)}
        if str(wanted.get("model")).startswith(_NATIVE):
            wanted["client"] = self._native
        token = EXTRA_QUERY.set(dict(parse_qsl(urlsplit(request.url).query)))
        try:
            async with asyncio.timeout_at(min(deadline, loop.time() + limits.first_byte_timeout_s)) as scope:
                return await self._library.acompletion(**wanted)
        except self._errors as error:
            if scope.expired():
                raise first_byte_timeout(limits, is_total=loop.time() >= deadline, was_sent=True) from error
            broken = transport_error(error)
            if broken is None:
                return error
            raise broken from error
        finally:
            EXTRA_QUERY.reset(token)

    def _once(self, body: bytes) -> PulledBody:
        async def pieces() -> AsyncIterator[tuple[float, bytes]]:
            yield self._clock.monotonic(), body

        return PulledBody(pieces())

    async def _pieces(
        self, stream: AsyncIterator[object], limits: EndpointLimits, deadline: float, watch: Stopwatch
    ) -> AsyncGenerator[tuple[float, bytes], None]:
        """The chunks as events. A break is a TransportError; an error the provider sent in the stream is an event.

        After the finish reason neither is passed on, and the wait is short. litellm keeps back usage until the stream's
        end, so the usage seen by then is written out here.
        """
        loop = asyncio.get_running_loop()
        has_chunks, rest_by = False, math.inf
        while True:
            patience = limits.between_chunks_timeout_s if has_chunks else limits.first_byte_timeout_s
            is_finished = native_finish(stream) is not None
            if is_finished:
                rest_by = min(rest_by, loop.time() + (REST_WITH_USAGE_S if usage_seen(stream) else REST_S))
            try:
                async with asyncio.timeout_at(min(deadline, loop.time() + patience, rest_by)) as scope:
                    chunk = await anext(stream, None)
            except self._errors as error:
                if native_finish(stream) is not None or is_clean_end(error):
                    break
                if scope.expired():
                    is_total = loop.time() >= deadline
                    if not has_chunks:
                        raise first_byte_timeout(limits, is_total=is_total, was_sent=True) from error
                    raise body_timeout(limits, is_total=is_total, has_bytes=True, piece="chunk") from error
                broken = transport_error(error, has_chunks=has_chunks)
                if broken is not None:
                    raise broken from error
                yield self._clock.monotonic(), event_bytes(error_body(error))
                return
            if chunk is None:
                break
            has_chunks = True
            watch.last_byte = self._clock.monotonic()
            yield watch.last_byte, event_bytes(json_bytes(chunk_document(chunk, stream)))
        for event in ending_events(stream):
            yield self._clock.monotonic(), event


async def _closed(stream: AsyncIterator[object], responses: list[_Closable]) -> None:
    """Close the answer. litellm's own closing stops at readers that cannot be closed, and the provider goes on."""
    close = getattr(stream, "aclose", None)
    for closing in (*(response.aclose for response in responses), close):
        if closing is not None:
            await closing()


def _responses(reader: AsyncIterator[object], *, depth: int) -> Iterator[_Closable]:
    """The HTTP answers that nested readers hold: as attributes, or as variables of a generator that is not finished."""
    frame = getattr(reader, "ag_frame", None)
    held = getattr(reader, "__dict__", {}) if frame is None else frame.f_locals
    for one in list(held.values()):
        if type(one).__name__ == "Response" and isinstance(one, _Closable):
            yield one
        elif depth and one is not reader and isinstance(one, AsyncIterator):
            yield from _responses(one, depth=depth - 1)


def _arguments(request: WireRequest, *, timeout_s: float) -> dict[str, Json]:
    """What litellm is called with: the body as it is, the address and the key where there are any."""
    body: dict[str, Json] = json.loads(request.body)
    parts = urlsplit(request.url)
    base = urlunsplit(parts._replace(path=parts.path.removesuffix(_PATH), query=""))
    query = dict(parse_qsl(parts.query))
    key = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key")
    if not key and base and not str(body.get("model")).startswith(_SIGNED):
        key = _NO_KEY
    return {
        **body,
        **({"api_base": base} if base else {}),
        **({"api_key": key} if key else {}),
        **({"api_version": query["api-version"]} if "api-version" in query else {}),
        "timeout": timeout_s,
        "num_retries": 0,
        "max_retries": 0,
        "caching": False,
        "drop_params": False,
    }
