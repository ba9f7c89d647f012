"""The openai package's clients: requests as raw bytes (`backend: openai`), and requests that are answered whole.

The only module that imports `openai` and httpx2 beneath it; the import takes most of a second, so import this module
only when it is used. The package's retries are off and its decoding is not used: body and headers are ours to the byte.
Arrival is stamped when the package hands bytes over, which is late with many streams (figures: docs/reliability.md,
"Latency"): measure with `http`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import httpx2
import openai

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.core.types import EndpointLimits, FailureKind
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import Backend, PulledBody, StreamingResponse, TransportError
from harness.providers.transport.network_errors import (
    MAX_BODY_BYTES,
    STALE_WITHIN_S,
    body_timeout,
    chain,
    first_byte_timeout,
    short_message,
    tls_cause,
    too_large,
)
from harness.providers.transport.readable_body import ReadableBody, is_rewritable
from harness.providers.transport.timing import Stopwatch
from harness.providers.transport.trust import bundle_context
from harness.providers.transport.whole_requests import FetchedBody, OutgoingRequest, WholeClient

_UNUSED_KEY = "unused"  # the package insists on one; every request names or omits the Authorization header itself
_DIRECT = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}  # loopback never through a proxy
_CLOSED = ("disconnected", "peer closed")
_BREAKS = (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError)


@dataclass(slots=True, kw_only=True)
class _SdkRequestState:
    """What the wire has told of one request so far."""

    watch: Stopwatch
    limits: EndpointLimits
    clock: Clock
    deadline: float
    is_new: bool = False
    headers: float | None = None
    scope: asyncio.Timeout | None = None

    async def saw(self, event: str, _info: Mapping[str, object]) -> None:
        """Take an event of httpcore's `trace` extension."""
        # httpcore names its events PROTOCOL.EVENT.PHASE, as in http11.send_request_headers.started.
        if event.endswith("send_request_headers.started"):
            self.watch.sent = self.clock.monotonic()
            if self.scope is not None and not self.scope.expired():
                by = asyncio.get_running_loop().time() + self.limits.first_byte_timeout_s
                self.scope.reschedule(min(self.deadline, by))
        elif event.endswith("connect_tcp.started"):
            self.is_new = True
        elif event.endswith("receive_response_headers.complete"):
            self.headers = self.clock.monotonic()


_SENDING: ContextVar[_SdkRequestState] = ContextVar("openai_sending")


async def _trace(request: httpx2.Request) -> None:
    request.extensions["trace"] = _SENDING.get().saw


def make(*, ssl_context: ssl.SSLContext | None = None, clock: Clock = SYSTEM_CLOCK) -> Backend:
    """The backend. Make it inside a running event loop; `clock` must be the one of the stopwatches."""
    return _OpenAIBackend(ssl_context=ssl_context, clock=clock)


class _OpenAIBackend:
    def __init__(self, *, ssl_context: ssl.SSLContext | None, clock: Clock) -> None:
        self._clock = clock
        self._client = openai.AsyncOpenAI(
            api_key=_UNUSED_KEY,
            base_url="http://unused.invalid",
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                verify=ssl_context or bundle_context() or True,
                follow_redirects=False,
                mounts=_DIRECT,
                event_hooks={"request": [_trace]},
            ),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    @asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        """Send the request and yield the exchange; leaving early closes the connection."""
        deadline = asyncio.get_running_loop().time() + limits.total_timeout_s
        sending = _SdkRequestState(watch=watch, limits=limits, clock=self._clock, deadline=deadline)
        response = await self._start(request, sending)
        watch.headers = sending.headers
        try:
            yield StreamingResponse(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=PulledBody(_pieces(response, sending)),
            )
        finally:
            await response.aclose()

    async def _start(self, request: WireRequest, sending: _SdkRequestState) -> httpx2.Response:
        loop = asyncio.get_running_loop()
        token = _SENDING.set(sending)
        is_streamed: bool = True
        try:
            async with asyncio.timeout_at(sending.deadline) as scope:
                sending.scope = scope
                response = await self._client.post(
                    request.url,
                    cast_to=httpx2.Response,
                    content=request.body,
                    options={
                        "headers": _exactly(request.headers),
                        "timeout": openai.Timeout(None, connect=sending.limits.connect_timeout_s),
                        "follow_redirects": False,
                    },
                    stream=is_streamed,
                    stream_cls=openai.AsyncStream[object],
                )
        except openai.APIStatusError as error:
            return error.response
        except openai.APIConnectionError as error:
            raise _start_failure(error.__cause__ or error, sending) from error
        except (*_BREAKS, TimeoutError) as error:
            raise _start_failure(error, sending, is_out_of_time=loop.time() >= sending.deadline) from error
        finally:
            sending.scope = None
            _SENDING.reset(token)
        assert isinstance(response, httpx2.Response)
        return response


def _exactly(headers: Mapping[str, str]) -> dict[str, str | openai.Omit]:
    """Our headers, and none of those the package adds that would name somebody: keys and accounts."""
    # The package reads OPENAI_ORG_ID and OPENAI_PROJECT_ID from the environment and would send them to every provider.
    absent = ("Authorization", "OpenAI-Organization", "OpenAI-Project")
    return {**dict.fromkeys(absent, openai.Omit()), "Accept-Encoding": "identity", **headers}


async def _pieces(response: httpx2.Response, sending: _SdkRequestState) -> AsyncIterator[tuple[float, bytes]]:
    loop, limits, watch = asyncio.get_running_loop(), sending.limits, sending.watch
    if response.is_closed:  # an error status: the package has read its body
        now = watch.last_byte = sending.clock.monotonic()
        yield now, response.content
        return
    chunks = response.aiter_bytes().__aiter__()
    taken = 0
    while True:
        patience = limits.between_chunks_timeout_s if taken else limits.first_byte_timeout_s
        try:
            async with asyncio.timeout_at(min(sending.deadline, loop.time() + patience)):
                data = await anext(chunks, b"")
        except TimeoutError as error:
            raise body_timeout(limits, is_total=loop.time() >= sending.deadline, has_bytes=taken > 0) from error
        except _BREAKS as error:
            kind = (
                FailureKind.MALFORMED_RESPONSE
                if isinstance(error, httpx2.DecodingError)
                else FailureKind.CONNECTION_LOST
            )
            raise TransportError(
                kind, f"the connection broke inside the answer: {short_message(error)}", was_sent=True
            ) from error
        if not data:
            return
        taken += len(data)
        if taken > MAX_BODY_BYTES:
            raise too_large()
        watch.last_byte = sending.clock.monotonic()
        yield watch.last_byte, data


def _start_failure(error: BaseException, sending: _SdkRequestState, *, is_out_of_time: bool = False) -> TransportError:
    """Why no headers came."""
    limits, sent = sending.limits, sending.watch.sent
    if isinstance(error, TimeoutError) and not isinstance(error, httpx2.HTTPError):
        return first_byte_timeout(limits, is_total=is_out_of_time, was_sent=sent is not None)
    kind, what = _cause(error), short_message(error)
    is_quick = sent is None or sending.clock.monotonic() - sent < STALE_WITHIN_S
    if kind is FailureKind.CONNECTION_LOST and not sending.is_new and is_quick:
        kind, what = FailureKind.STALE_CONNECTION, "the server had closed the pooled connection"
    return TransportError(kind, what, was_sent=sent is not None)


def _cause(error: BaseException) -> FailureKind:
    errors = list(chain(error))
    if any(isinstance(one, socket.gaierror) for one in errors):
        return FailureKind.DNS
    if any(isinstance(one, ssl.SSLError) for one in errors):
        return tls_cause(errors)
    match error:
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return FailureKind.CONNECT_TIMEOUT
        case httpx2.ConnectError() | httpx2.ProxyError():
            return FailureKind.CONNECTION_FAILED
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError() | httpx2.InvalidURL():
            return FailureKind.BAD_REQUEST
        case httpx2.RemoteProtocolError() if not any(words in str(error) for words in _CLOSED):
            return FailureKind.MALFORMED_RESPONSE
        case httpx2.DecodingError():
            return FailureKind.MALFORMED_RESPONSE
        case _:
            return FailureKind.CONNECTION_LOST


class _SdkBody(ReadableBody, httpx2.AsyncByteStream):
    """A body that the SDK's own decoding can read."""


async def _make_readable(response: httpx2.Response) -> None:
    if is_rewritable(response.status_code, response.headers):
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _SdkBody(response.stream, content_type=response.headers["content-type"])


EXTRA_QUERY: ContextVar[Mapping[str, str]] = ContextVar("extra_query", default={})  # noqa: B039  never changed
"""The query of the address in use, which litellm drops."""


async def _add_query(request: httpx2.Request) -> None:
    request.url = request.url.copy_merge_params(EXTRA_QUERY.get())


def sdk_http_client() -> httpx2.AsyncClient:
    """A client for others that decode with the SDK (litellm): no redirects, no compression, bodies it can read."""
    return openai.DefaultAsyncHttpxClient(
        verify=bundle_context() or True,
        follow_redirects=False,
        mounts=_DIRECT,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [_add_query], "response": [_make_readable]},
    )


@dataclass(frozen=True, slots=True)
class _HttpxClient:
    client: httpx2.Client

    def send(self, request: OutgoingRequest, *, timeout_s: float) -> FetchedBody:
        """The answer, whatever its status. Raises TransportError."""
        with self._open(request, timeout_s) as response:
            return FetchedBody(status=response.status_code, headers=_named(response), body=response.read())

    def save(self, request: OutgoingRequest, path: Path, *, timeout_s: float) -> FetchedBody:
        """Write the body of a 2xx answer to a file, whatever its size; the returned body is empty then.

        Raises TransportError, OSError where the file cannot be written.
        """
        with self._open(request, timeout_s) as response:
            if not response.is_success:
                return FetchedBody(status=response.status_code, headers=_named(response), body=response.read())
            with path.open("wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)
            return FetchedBody(status=response.status_code, headers=_named(response), body=b"")

    @contextmanager
    def _open(self, request: OutgoingRequest, timeout_s: float) -> Iterator[httpx2.Response]:
        file = None if request.file is None else {"file": (*request.file, "application/jsonl")}
        try:
            with self.client.stream(
                request.method,
                request.url,
                headers={"Accept-Encoding": "identity", **request.headers},
                params=dict(request.params) or None,
                content=request.body,
                data=dict(request.fields) or None,
                files=file,
                timeout=httpx2.Timeout(timeout_s),
            ) as response:
                yield response
        except httpx2.ConnectTimeout as error:
            raise TransportError(_cause(error), short_message(error), was_sent=False) from None
        except httpx2.TimeoutException:
            what = f"no answer within {timeout_s:g} s"
            raise TransportError(FailureKind.FIRST_BYTE_TIMEOUT, what, was_sent=True) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, ConnectionError) as error:
            is_unsent = isinstance(error, httpx2.ConnectError | httpx2.ProxyError | httpx2.InvalidURL)
            raise TransportError(_cause(error), short_message(error), was_sent=not is_unsent) from None


def _named(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


@contextmanager
def whole_client() -> Iterator[WholeClient]:
    """A client for small and for stored answers: loopback without a proxy, the system's other proxies with."""
    with openai.DefaultHttpxClient(verify=bundle_context() or True, follow_redirects=False, mounts=_DIRECT) as client:
        yield _HttpxClient(client)
