"""`complete()`: one attempt at one sample, from the request to a Completion or a Failure.

The bytes come from a backend (http, the default; openai), their meaning from the dialect. Not here: trying again
(retry), waiting for a turn (limits), writing down (store).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.clock import Clock
from harness.core.types import Attempt, Completion, Endpoint, Failure, FailureKind, FinishReason, Job, Json
from harness.providers import dialect
from harness.providers.sse import DONE, SseParser
from harness.providers.timing import LagMeter, Stopwatch
from harness.providers.transport import Backend, Exchange, TransportError
from harness.providers.wire import ErrorReading, Reply, ReplyReader, WireRequest

ERROR_BODY_BYTES = 1024 * 1024
DRAIN_S = 0.25  # how long to wait for the end of a body whose end mark has come, so that the connection can be reused

RETRYABLE = frozenset(
    {
        FailureKind.DNS,
        FailureKind.CONNECT,
        FailureKind.STALE_CONNECTION,
        FailureKind.CONNECTION_LOST,
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.FIRST_BYTE_TIMEOUT,
        FailureKind.CHUNK_TIMEOUT,
        FailureKind.CUT,
        FailureKind.EMPTY,
        FailureKind.GARBLED,
        FailureKind.INTERRUPTED,
    }
)
"""Causes the client itself finds that another attempt may mend; for a provider's own error its dialect decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What every attempt of a run shares."""

    backends: Mapping[str, Backend]
    keys: Mapping[str, str]
    clock: Clock
    lag: LagMeter | None = None

    def key_of(self, endpoint: Endpoint) -> str | None:
        """The key for an endpoint, by the name of its variable."""
        return None if endpoint.api_key_env is None else self.keys.get(endpoint.api_key_env)


async def complete(caller: Caller, job: Job, *, attempt: int, waited_s: float) -> Attempt:
    """Make one attempt. Never raises for what the network or the provider does; cancelling closes the connection.

    `waited_s`: seconds the job has waited for its turn so far; recorded, never part of a latency.
    """
    endpoint = job.endpoint
    request = dialect.build_request(endpoint, job.sample, job.params, caller.key_of(endpoint))
    if endpoint.simulated:
        request = _with_draw(request, job.repeat, attempt)
    watch = Stopwatch(caller.clock, caller.lag, waited_s)
    reader = dialect.new_reader(endpoint)
    backend = caller.backends[endpoint.backend]
    headers: Mapping[str, str] = {}
    status: int | None = None
    try:
        async with backend.open(request, endpoint.limits, watch) as exchange:
            status, headers = exchange.status, exchange.headers
            if not 200 <= exchange.status < 300:
                error = await _read_error(endpoint, exchange)
                return _failure(error, reader.reply(headers), watch, request, status=status)
            await _read_body(exchange, reader, watch)
    except TransportError as error:
        reading = ErrorReading(kind=error.kind, message=str(error), is_retryable=error.kind in RETRYABLE)
        return _failure(reading, reader.reply(headers), watch, request, status=status, was_sent=error.was_sent)
    return _outcome(reader.reply(headers), watch, request, status)


def _with_draw(request: WireRequest, repeat: int, attempt: int) -> WireRequest:
    """Tell the mock which draw this is, so that a simulated run is the same whatever the order of its requests."""
    headers = {**request.headers, "x-harness-repeat": str(repeat), "x-harness-attempt": str(attempt)}
    return WireRequest(
        url=request.url, headers=headers, body=request.body, effective=request.effective, not_sent=request.not_sent
    )


async def _read_error(endpoint: Endpoint, exchange: Exchange) -> ErrorReading:
    body = bytearray()
    async for _, piece in exchange.pieces:
        body += piece
        if len(body) > ERROR_BODY_BYTES:
            break
    return dialect.read_error(endpoint, exchange.status, exchange.headers, bytes(body))


async def _read_body(exchange: Exchange, reader: ReplyReader, watch: Stopwatch) -> None:
    if "text/event-stream" in exchange.headers.get("content-type", ""):
        await _read_stream(exchange, reader, watch)
        return
    pieces: list[tuple[float, bytes]] = [pair async for pair in exchange.pieces]
    body = b"".join(piece for _, piece in pieces)
    if body.lstrip()[:5] in (b"data:", b"event", b": ") or body.lstrip()[:1] == b":":  # a stream under a wrong type
        _replay_stream(pieces, reader, watch)
    else:
        reader.feed_body(body)


async def _read_stream(exchange: Exchange, reader: ReplyReader, watch: Stopwatch) -> None:
    parser = SseParser()
    async for at, piece in exchange.pieces:
        if _feed(parser.feed(piece), reader, watch, at):
            await _drain(exchange)
            return
    _feed(parser.finish(), reader, watch, watch.last_byte or 0.0)


def _replay_stream(pieces: list[tuple[float, bytes]], reader: ReplyReader, watch: Stopwatch) -> None:
    parser = SseParser()
    for at, piece in pieces:
        _feed(parser.feed(piece), reader, watch, at)
    _feed(parser.finish(), reader, watch, watch.last_byte or 0.0)


def _feed(events: list[tuple[str, bytes]], reader: ReplyReader, watch: Stopwatch, at: float) -> bool:
    """Hand events on; True once the end mark has come."""
    for event, data in events:
        watch.saw(reader.feed_event(event, data), at)
        if data == DONE:
            return True
    return False


async def _drain(exchange: Exchange) -> None:
    try:
        async with asyncio.timeout(DRAIN_S):
            async for _ in exchange.pieces:
                pass
    except (TimeoutError, TransportError):
        return  # the answer is whole; only the connection is not worth keeping


def _outcome(reply: Reply, watch: Stopwatch, request: WireRequest, status: int) -> Attempt:
    if reply.error is not None:
        return _failure(reply.error, reply, watch, request, status=status)
    if not reply.is_complete:
        kind = FailureKind.CUT if reply.text or reply.reasoning else FailureKind.EMPTY
        what = "the stream ended without a finish reason or an end mark" if reply.text else "the answer has no content"
        return _failure(ErrorReading(kind=kind, message=what, is_retryable=True), reply, watch, request, status=status)
    return Completion(
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason=reply.finish_reason or FinishReason.OTHER,
        native_finish_reason=reply.native_finish_reason,
        timing=watch.timing(),
        usage=reply.usage,
        raw_usage=reply.raw_usage,
        reported_cost_usd=reply.reported_cost_usd,
        served_model=reply.served_model,
        served_by=reply.served_by,
        service_tier=reply.service_tier,
        request_id=reply.request_id,
        effective=request.effective,
        not_sent=request.not_sent,
    )


def _failure(
    error: ErrorReading,
    reply: Reply,
    watch: Stopwatch,
    request: WireRequest,
    *,
    status: int | None,
    was_sent: bool = True,
) -> Failure:
    effective: Mapping[str, Json] = request.effective
    return Failure(
        kind=error.kind,
        message=error.message,
        is_retryable=error.is_retryable,
        timing=watch.timing(),
        http_status=status,
        retry_after_s=error.retry_after_s,
        usage=reply.usage,
        raw_usage=reply.raw_usage,
        reported_cost_usd=reply.reported_cost_usd,
        partial_text=reply.text,
        request_id=reply.request_id,
        was_sent=was_sent,
        effective=effective,
    )
