"""litellm as a backend (`backend: litellm`): APIs that are not compatible, such as Bedrock, Vertex, native Anthropic.

The one door to `litellm`, an extra; importing it takes seconds, so only `make()` does. Its chunks are written out again
as events in OpenAI's shape, so that the dialects `generic` and `openai` read them. Off: its retries, its fetch of
prices, its reading of `.env`, its callbacks and cache. Its dollars are left out. It invents two things, which are not
passed on: a `stop` at the end of a stream that was cut, and counts of tokens where the provider gave none.

Its latencies measure litellm too (docs/reliability.md).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import math
import os
import socket
import ssl
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.errors import LocalError
from harness.core.types import EndpointLimits, FailureKind, Json
from harness.providers.format.json_payload import InvalidJson, decode
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import Backend, StreamingResponse, TransportError
from harness.providers.transport.litellm_http import native_client
from harness.providers.transport.network_errors import body_timeout, chain, first_byte_timeout, short_message, tls_cause
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
_PREFIX = "llm_provider-"
_PATH = "/chat/completions"
_TRACE = "\nTraceback"  # litellm puts whole tracebacks into messages
_BELIEVED = frozenset({"length", "content_filter", "tool_calls", "function_call"})
_COSTS = frozenset({"cost", "response_cost", "cost_details", "is_byok"})
_CLEAN_END = (
    "before a finish_reason was received"  # `_stream_eof_error` in litellm_core_utils/streaming_handler.py, 1.110
)
REST_S, REST_WITH_USAGE_S = 25.0, 1.5
"""Seconds to wait for the rest of a stream after its finish reason: less than the client waits (`client.REST_S`)."""
_COUNTS = ("prompt_tokens", "completion_tokens")
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
        vars(library)["aclient_session"] = self._session  # its door for a client of one's own, on the OpenAI routes
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
                status=_status(answer), headers=_headers_of(answer), pieces=self._once(_error_body(answer))
            )
        elif not isinstance(answer, AsyncIterator):
            watch.last_byte = watch.headers
            yield StreamingResponse(status=200, headers=_headers(answer), pieces=self._once(_whole(answer)))
        else:
            responses = list(_responses(answer, depth=5))  # now: a generator that was cancelled holds nothing
            pieces = self._pieces(answer, limits, deadline, watch)
            try:
                yield StreamingResponse(status=200, headers=_headers(answer), pieces=pieces)
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
            broken = _broken(error)
            if broken is None:
                return error
            raise broken from error
        finally:
            EXTRA_QUERY.reset(token)

    async def _once(self, body: bytes) -> AsyncIterator[tuple[float, bytes]]:
        yield self._clock.monotonic(), body

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
            is_finished = _native_finish(stream) is not None
            if is_finished:
                rest_by = min(rest_by, loop.time() + (REST_WITH_USAGE_S if _usage_seen(stream) else REST_S))
            try:
                async with asyncio.timeout_at(min(deadline, loop.time() + patience, rest_by)) as scope:
                    chunk = await anext(stream, None)
            except self._errors as error:
                if _native_finish(stream) is not None or _is_clean_end(error):
                    break
                if scope.expired():
                    is_total = loop.time() >= deadline
                    if not has_chunks:
                        raise first_byte_timeout(limits, is_total=is_total, was_sent=True) from error
                    raise body_timeout(limits, is_total=is_total, has_bytes=True, piece="chunk") from error
                broken = _broken(error, has_chunks=has_chunks)
                if broken is not None:
                    raise broken from error
                yield self._clock.monotonic(), _event(_error_body(error))
                return
            if chunk is None:
                break
            has_chunks = True
            watch.last_byte = self._clock.monotonic()
            yield watch.last_byte, _event(_dumped(_without_inventions(chunk, stream)))
        for event in _ending(stream):
            yield self._clock.monotonic(), event


async def _closed(stream: AsyncIterator[object], responses: list[_Closable]) -> None:
    """Close the answer. litellm's own closing stops at readers that cannot be closed, and the provider goes on."""
    close = getattr(stream, "aclose", None)
    for closing in (*(response.aclose for response in responses), close):
        if closing is not None:
            await closing()


def _native_finish(stream: object) -> str | None:
    """The provider's own finish reason, where one has come; litellm invents one at the end of every stream."""
    word = getattr(stream, "received_finish_reason", None)
    return None if word is None else str(word)


def _usage_seen(stream: object) -> dict[str, Json]:
    """The usage that the provider has sent so far, {} where it has sent none.

    Without a finish reason only the last chunk's counts: Anthropic's first chunk counts the tokens of the start alone.
    """
    chunks = list(getattr(stream, "chunks", ()))
    if _native_finish(stream) is None:
        chunks = chunks[-1:]
    told = [usage for one in chunks if (usage := getattr(one, "usage", None)) is not None]
    dump = getattr(told[-1], "model_dump", None) if told else None
    seen: dict[str, Json] = {} if dump is None else dump(mode="json", exclude_none=True)
    return {name: value for name, value in seen.items() if name not in _COSTS}


def _is_clean_end(error: BaseException) -> bool:
    """Whether the body ended as HTTP says, only without a finish reason; litellm takes that for a break."""
    errors = [*chain(error), *chain(getattr(error, "original_exception", None) or error)]
    return any(_CLEAN_END in str(one) for one in errors)


def _ending(stream: object) -> Iterator[bytes]:
    """What litellm keeps back, or does not say, at the end of a stream: usage, finish reason, end mark."""
    usage, finish = _usage_seen(stream), _native_finish(stream)
    choice = {"index": 0, "delta": {}, "finish_reason": _finish({"finish_reason": "stop"}, finish)} if finish else None
    if usage or choice:
        yield _event(_dumped({"choices": [choice] if choice else [], "usage": usage or None}))
    if finish is not None:
        yield _event(b"[DONE]")


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


# Errors


def _broken(error: BaseException, *, has_chunks: bool = False) -> TransportError | None:
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


def _cause(errors: list[BaseException]) -> FailureKind | None:
    if any(isinstance(one, socket.gaierror) for one in errors):
        return FailureKind.DNS
    if any(isinstance(one, ssl.SSLError) for one in errors):
        return tls_cause(errors)
    names = {parent.__name__ for one in errors for parent in type(one).__mro__}
    return next((kind for name, kind in _BREAKS.items() if name in names), None)


def _said(error: BaseException) -> str:
    return short_message(error).partition(_TRACE)[0]


def _status(error: BaseException) -> int:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 300 <= status < 600 else 500


def _error_body(error: BaseException) -> bytes:
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
    return _dumped({"error": details})


def _object_in(text: str) -> Json:
    start, end = text.find("{"), text.rfind("}")
    try:
        return decode(text[start : end + 1].encode()) if 0 <= start < end else None
    except InvalidJson:
        return None


# What litellm says, in OpenAI's shape


def _headers_of(error: BaseException) -> dict[str, str]:
    response = getattr(error, "response", None)
    return {
        **_plain_headers(getattr(response, "headers", None)),
        **_plain_headers(getattr(error, "litellm_response_headers", None)),
    }


def _headers(answer: object) -> dict[str, str]:
    hidden = getattr(answer, "_hidden_params", None) or {}
    return {
        **_plain_headers(hidden.get("additional_headers")),
        **_plain_headers(getattr(answer, "_response_headers", None)),
    }


def _plain_headers(headers: object) -> dict[str, str]:
    """The provider's headers under their own names; litellm's own, its dollars among them, left out."""
    if not hasattr(headers, "items"):
        return {}
    named = {str(name).lower().removeprefix(_PREFIX): str(value) for name, value in headers.items()}
    return {name: value for name, value in named.items() if not name.startswith("x-litellm")}


def _whole(answer: object) -> bytes:
    document = _document(answer)
    for choice in _choices(document):
        choice["finish_reason"] = _finish(choice, None)
    return _dumped(document)


def _without_inventions(chunk: object, stream: object) -> dict[str, Json]:
    """A chunk without what litellm invented."""
    document = _document(chunk)
    native = _native_finish(stream)
    for choice in _choices(document):
        if choice.get("finish_reason") is None:
            continue
        if native is None:  # litellm ends every stream with `stop`, one that was cut too
            del choice["finish_reason"]
        else:
            choice["finish_reason"] = _finish(choice, native)
    usage = document.get("usage")
    if isinstance(usage, dict):
        counted = _counted(usage, [getattr(one, "usage", None) for one in getattr(stream, "chunks", ())])
        document["usage"] = counted or None
    return document


def _finish(choice: Mapping[str, Json], native: str | None) -> str:
    """The provider's own word where litellm shows it; its `stop`, also said for words it does not know, marked.

    Source: `map_finish_reason` in litellm's `litellm_core_utils/core_helpers.py`, 1.83.0 and 1.106.2.
    """
    word = str(choice.get("finish_reason"))
    fields = choice.get("provider_specific_fields")
    shown = fields.get("native_finish_reason") if isinstance(fields, Mapping) else None
    own = str(shown or native or word)
    if own not in (word, "stop"):
        return own
    return _believed(word)


def _believed(word: str) -> str:
    return word if word in _BELIEVED else f"litellm:{word}"


def _counted(usage: Mapping[str, Json], told: list[object]) -> dict[str, Json]:
    """The usage as the provider gave it: litellm counts with a tokenizer of its own what was not given."""
    kept = dict(usage)
    for name in _COUNTS:
        if not any(getattr(one, name, None) == usage.get(name) for one in told if one is not None):
            kept.pop(name, None)
    if any(name not in kept for name in _COUNTS):
        kept.pop("total_tokens", None)
    return kept if any(name in kept for name in _COUNTS) else {}


def _document(answer: object) -> dict[str, Json]:
    dump = getattr(answer, "model_dump", None)
    assert dump is not None, f"litellm answered with a {type(answer).__name__}"
    document: dict[str, Json] = dump(mode="json", exclude_none=True)
    usage = document.get("usage")
    if isinstance(usage, dict):
        document["usage"] = {name: value for name, value in usage.items() if name not in _COSTS}
    return document


def _choices(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    choices = document.get("choices")
    return [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []


def _dumped(document: Mapping[str, Json]) -> bytes:
    return json.dumps(document, separators=(",", ":"), default=str).encode()


def _event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"
