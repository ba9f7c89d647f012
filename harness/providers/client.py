"""`complete()`: one attempt at one sample, from the request to a Completion or a Failure.

The bytes come from a backend (http, the default; openai), their meaning from the dialect. What is returned holds no
key, whatever the provider echoed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from harness.core.clock import Clock
from harness.core.labels import is_simulated
from harness.core.types import Attempt, Completion, Endpoint, Failure, FailureKind, FinishReason, Job, Timing
from harness.providers import dialect_loader
from harness.providers.format.chunk_template import ChunkTemplate
from harness.providers.format.request_template import RequestTemplates
from harness.providers.format.wire_types import (
    ChunkKind,
    ParsedResponse,
    ProviderError,
    RateLimitInfo,
    ResponseParser,
    StreamStage,
    WireRequest,
)
from harness.providers.parsing.completeness import why_incomplete
from harness.providers.transport.backend import Backend, Body, StreamingResponse, TransportError
from harness.providers.transport.redact import redact_keys
from harness.providers.transport.sse import SseParser, looks_like_events
from harness.providers.transport.timing import NO_WAITS, EventLoopLagMonitor, Stopwatch

ERROR_BODY_BYTES = 1024 * 1024
REST_S: Mapping[StreamStage, float] = {
    StreamStage.FINISHED: 30.0,
    StreamStage.FINISHED_WITH_USAGE: 2.0,
    StreamStage.ENDED: 0.25,
}
"""Seconds to wait for the rest of a stream that has reached this stage.

After the finish reason a gateway may first compute the usage; a second usage (a charge, say) comes at once. After
the end mark only the end of the body is missing, without which the connection cannot be used again.
"""

RETRYABLE = frozenset(
    {
        FailureKind.DNS,
        FailureKind.CONNECTION_FAILED,
        FailureKind.STALE_CONNECTION,
        FailureKind.CONNECTION_LOST,
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.FIRST_BYTE_TIMEOUT,
        FailureKind.READ_TIMEOUT,
        FailureKind.STREAM_TRUNCATED,
        FailureKind.NO_FINISH_REASON,
        FailureKind.EMPTY_RESPONSE,
        FailureKind.MALFORMED_RESPONSE,
    }
)
"""Causes the client itself finds that another attempt may cure; for a provider's own error its dialect decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientContext:
    """What every attempt of a run shares.

    `keys`: values by the name of their variable. `on_rate_limit` is told, by endpoint, what a response's headers say
    about the budget per minute, where they say anything; `on_simulated`, which endpoint sent a response that says it is
    made up, where that was not known. `accepts_unfinished`: an answer whose stream ended without a finish reason is
    taken, as `FinishReason.NOT_GIVEN`. `tells_draw`: requests say which repeat and attempt they are, for a recording;
    those to a simulated endpoint always do. `has_times`: latencies are measured; not so where a recording answers at
    once.
    """

    backends: Mapping[str, Backend]
    keys: Mapping[str, str] = field(repr=False)
    clock: Clock
    lag: EventLoopLagMonitor | None = None
    on_rate_limit: Callable[[Endpoint, RateLimitInfo], None] | None = None
    on_simulated: Callable[[Endpoint], None] | None = None
    accepts_unfinished: bool = False
    tells_draw: bool = False
    has_times: bool = True
    templates: RequestTemplates = field(default_factory=RequestTemplates, init=False, repr=False)

    def key_of(self, endpoint: Endpoint) -> str | None:
        """The key for an endpoint, by the name of its variable."""
        return None if endpoint.api_key_env is None else self.keys.get(endpoint.api_key_env)


@dataclass(slots=True, kw_only=True)
class _AttemptState:
    """One attempt in flight."""

    endpoint: Endpoint
    request: WireRequest
    watch: Stopwatch
    parser: ResponseParser
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    is_stream: bool = False
    is_simulated: bool = False
    """Whether the response says that it is simulated."""
    first_chars: int = 0
    """Characters of content that had arrived with the first answer text."""

    def reply(self) -> ParsedResponse:
        """What has been read so far."""
        return self.parser.reply(self.headers)

    def timing(self) -> Timing:
        """The stamps so far."""
        return self.watch.timing(later_answer_chars=max(0, self.parser.content_chars - self.first_chars))


async def complete(caller: ClientContext, job: Job, *, attempt: int, waits: Mapping[str, float] = NO_WAITS) -> Attempt:
    """Make one attempt. Never raises for what the network or the provider does; cancelling closes the connection.

    `waits`: seconds this attempt has waited for its turn, by reason (limits, retry); recorded, never part of a latency.
    """
    endpoint = job.endpoint
    request = dialect_loader.build_request(
        endpoint, job.sample, job.params, caller.key_of(endpoint), job.history, job.shared_chars, caller.templates
    )
    if endpoint.simulated or caller.tells_draw:
        request = _with_draw(request, job.repeat, attempt)
    one = _AttemptState(
        endpoint=endpoint,
        request=request,
        watch=Stopwatch(caller.clock, caller.lag, waits),
        parser=dialect_loader.new_parser(endpoint),
    )
    attempted = redact_keys(await _exchange(caller, one), caller.keys.values())
    return attempted if caller.has_times else replace(attempted, timing=Timing(started_at=attempted.timing.started_at))


def read_stored(
    caller: ClientContext, endpoint: Endpoint, request: WireRequest, *, status: int, body: bytes
) -> Attempt:
    """The attempt that a stored answer holds (of a batch): read as off the wire, without any time."""
    one = _AttemptState(
        endpoint=endpoint,
        request=request,
        watch=Stopwatch(caller.clock, None, NO_WAITS),
        parser=dialect_loader.new_parser(endpoint),
        status=status,
    )
    if 200 <= status < 300:
        one.parser.feed_body(body)
        attempt = _outcome(one, accepts_unfinished=caller.accepts_unfinished)
    else:
        attempt = _failure(dialect_loader.read_error(endpoint, status, {}, body), one)
    return replace(redact_keys(attempt, caller.keys.values()), timing=Timing())


async def _exchange(caller: ClientContext, one: _AttemptState) -> Attempt:
    endpoint = one.endpoint
    try:
        async with caller.backends[endpoint.backend].open(one.request, endpoint.limits, one.watch) as exchange:
            one.status, one.headers = exchange.status, exchange.headers
            one.is_simulated = is_simulated(exchange.headers)
            if one.is_simulated and caller.on_simulated is not None and not endpoint.simulated:
                caller.on_simulated(endpoint)
            if caller.on_rate_limit is not None and "ratelimit" in "\n".join(exchange.headers):
                caller.on_rate_limit(endpoint, dialect_loader.read_limits(endpoint, exchange.headers))
            if not 200 <= exchange.status < 300:
                return _failure(await _read_error(endpoint, exchange), one)
            await _read_body(exchange.body, one)
    except TransportError as error:
        reply = one.reply()
        if reply.error is None and one.parser.stage is StreamStage.RUNNING:
            found = ProviderError(kind=error.kind, message=str(error), is_retryable=error.kind in RETRYABLE)
            return _failure(found, one, was_sent=error.was_sent)
        # the provider had said how it ended, well or badly: what broke afterwards must not be billed again
    return _outcome(one, accepts_unfinished=caller.accepts_unfinished)


def _with_draw(request: WireRequest, repeat: int, attempt: int) -> WireRequest:
    """Tell the mock which draw this is, so that a simulated run is the same whatever the order of its requests."""
    headers = {**request.headers, "x-harness-repeat": str(repeat), "x-harness-attempt": str(attempt)}
    return replace(request, headers=headers)


async def _read_error(endpoint: Endpoint, response: StreamingResponse) -> ProviderError:
    """The meaning of a status that is not 2xx; a body that breaks off is read as far as it came."""
    body = bytearray()

    def collect(_at: float, piece: bytes) -> bool:
        body.extend(piece)
        return len(body) > ERROR_BODY_BYTES

    with contextlib.suppress(TransportError):  # the status says more than the break
        await response.body.read(collect)
    return dialect_loader.read_error(endpoint, response.status, response.headers, bytes(body))


class _BodyConsumer:
    """Takes a body where it arrives: a stream event by event, anything else whole.

    The bytes decide which it is, for content types are wrong too often. Called in the socket's data callback, so it
    asks for its reader only where the stream comes to another stage.
    """

    __slots__ = ("_is_stream", "_one", "_parser", "_pieces", "_stage", "_template")

    def __init__(self, one: _AttemptState) -> None:
        self._one = one
        self._parser = SseParser()
        self._pieces: list[tuple[float, bytes]] = []
        self._is_stream: bool | None = None
        self._stage = StreamStage.RUNNING
        self._template: ChunkTemplate | None = None

    def __call__(self, at: float, piece: bytes) -> bool:
        """Take a piece; whether the stream has come to another stage."""
        place = self._take_alike(piece, 0, at)
        if place == len(piece):
            return False
        if self._is_stream:
            self._take_events(piece, place, at)
        else:
            self._pieces.append((at, piece))
            if self._is_stream is None:
                self._is_stream = looks_like_events(b"".join([data for _, data in self._pieces]))
            if not self._is_stream:
                return False
            self._one.is_stream = True
            for moment, data in self._pieces:
                self._take_events(data, 0, moment)
        before, self._stage = self._stage, self._one.parser.stage
        return self._stage is not before

    def _take_alike(self, piece: bytes, place: int, at: float) -> int:
        """Take the events that repeat the bytes of the one before around other texts; returns where others begin."""
        if self._template is None:
            return place
        texts, place = self._template.texts_in(piece, place)
        if texts:
            self._note(*self._one.parser.feed_texts(texts), at)
        return place

    def _take_events(self, piece: bytes, place: int, at: float) -> None:
        """Take the events of a piece from a place on: one by one until others repeat its bytes, as most do."""
        while place < len(piece):
            end = len(piece) if self._template is not None else _end_of_event(piece, place)
            self._take_one(piece[place:end], at)
            place = self._take_alike(piece, end, at)

    def _take_one(self, data: bytes, at: float) -> None:
        """Take some bytes, most often those of one event, which then are the template of the next."""
        was_between = self._parser.is_between
        events = self._parser.feed(data)
        self._feed(events, at)
        chunk = self._one.parser.template
        is_alone = len(events) == 1 and was_between and self._parser.is_between and not data.endswith(b"\r")
        self._template = chunk.within(data, events[0][1]) if is_alone and chunk is not None else None

    def _feed(self, events: list[tuple[str, bytes]], at: float) -> None:
        for event, data in events:
            self._note(self._one.parser.feed_event(event, data), 1, at)

    def _note(self, seen: ChunkKind, chunks: int, at: float) -> None:
        one = self._one
        one.watch.record(seen, at, chunks)
        if at == one.watch.first_answer and seen is ChunkKind.ANSWER:
            one.first_chars = one.parser.content_chars

    def finish(self) -> None:
        """The body has ended."""
        if self._is_stream:
            self._feed(self._parser.finish(), self._one.watch.last_byte or 0.0)
        else:
            self._one.parser.feed_body(b"".join([data for _, data in self._pieces]))


def _end_of_event(piece: bytes, place: int) -> int:
    """Where the blank line after an event ends; the end of the piece where there is none."""
    end = piece.find(b"\n\n", place) + 2
    if end == 1:
        end = piece.find(b"\n\r\n", place) + 3
    return end if end > 2 else len(piece)


async def _read_body(body: Body, one: _AttemptState) -> None:
    """Read a body to its end, and after a finish reason what follows: usage that comes late, the end mark.

    From then on the wait is bounded in all, so that neither silence nor keep-alives hold the answer back. Where text
    goes on after a finish reason (some servers name one in every chunk), the stream is read to its end as any other.
    Arrivals that bring nothing are not part of the latency.
    """
    loop, watch, consumer = asyncio.get_running_loop(), one.watch, _BodyConsumer(one)
    stage, ended_at, until = StreamStage.RUNNING, watch.last_byte, math.inf
    try:
        while await _read_until(body, consumer, until):
            stage, ended_at = one.parser.stage, watch.last_byte
            until = min(until, loop.time() + REST_S[stage]) if stage in REST_S else math.inf
        consumer.finish()
    except (TimeoutError, TransportError):
        if stage is StreamStage.RUNNING:
            raise
    if stage is not StreamStage.RUNNING:
        watch.last_byte = ended_at


async def _read_until(body: Body, consumer: _BodyConsumer, until: float) -> bool:
    """Read on until another stage (True) or the end (False). Raises TimeoutError at `until`, on the loop's clock."""
    if until == math.inf:
        return await body.read(consumer)
    async with asyncio.timeout_at(until):
        return await body.read(consumer)


def _outcome(one: _AttemptState, *, accepts_unfinished: bool) -> Attempt:
    reply = one.reply()
    if reply.error is not None:
        return _failure(reply.error, one)
    missing = why_incomplete(reply, is_stream=one.is_stream)
    is_accepted = accepts_unfinished and missing is not None and missing.kind is FailureKind.NO_FINISH_REASON
    if missing is not None and not is_accepted:
        return _failure(missing, one)
    return Completion(
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason=FinishReason.NOT_GIVEN if is_accepted else reply.finish_reason or FinishReason.OTHER,
        native_finish_reason=reply.native_finish_reason,
        timing=one.timing(),
        usage=reply.usage,
        raw_usage=reply.raw_usage,
        reported_cost_usd=reply.reported_cost_usd,
        served_model=reply.served_model,
        served_by=reply.served_by,
        service_tier=reply.service_tier,
        request_id=reply.request_id,
        effective=one.request.effective,
        not_sent=one.request.not_sent,
        simulated=one.is_simulated,
        tool_calls=reply.tool_calls,
    )


def _failure(error: ProviderError, one: _AttemptState, *, was_sent: bool = True) -> Failure:
    reply = one.reply()
    return Failure(
        kind=error.kind,
        message=error.message,
        is_retryable=error.is_retryable,
        timing=one.timing(),
        http_status=one.status,
        retry_after_s=error.retry_after_s,
        usage=reply.usage,
        raw_usage=reply.raw_usage,
        reported_cost_usd=reply.reported_cost_usd,
        served_model=reply.served_model,
        service_tier=reply.service_tier,
        partial_text=reply.text,
        request_id=reply.request_id,
        was_sent=was_sent,
        effective=one.request.effective,
        simulated=one.is_simulated,
    )
