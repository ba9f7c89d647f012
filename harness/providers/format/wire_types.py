"""The small values that pass between the client, which moves bytes, and the dialects, which give them meaning.

The client knows sockets, clocks and server-sent events; it never looks inside a payload. A dialect knows payloads; it
never sees a socket. They meet in four calls of `harness.providers.dialect_loader`:

    build_request(endpoint, sample, params, api_key)      -> WireRequest      before sending
    new_parser(endpoint)                                  -> ResponseParser   one per attempt
    read_error(endpoint, status, headers, body)           -> ProviderError    for a status that is not 2xx
    read_limits(endpoint, headers)                        -> RateLimitInfo    for any answer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Protocol

from harness.core.fast_init import fast_init
from harness.core.types import FailureKind, FinishReason, Json, ToolCall, Usage
from harness.providers.format.chunk_template import ChunkTemplate


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """A request ready to send. `headers` hold the key: never log or store them.

    `effective` is the body without the prompt: what was really asked; `not_sent` names the requested settings that the
    provider forbids or ignores.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    effective: Mapping[str, Json]
    not_sent: tuple[str, ...] = ()


class ChunkKind(Enum):
    """What one event of a stream brought: generated text, or none (a role, usage, a ping, a placeholder)."""

    NOTHING = "nothing"
    REASONING = "reasoning"
    ANSWER = "answer"


class StreamStage(Enum):
    """How far a stream is, by what has been read of it.

    FINISHED: a finish reason has come, so the answer stands whatever follows; its usage may still come. ENDED: the end
    mark has come (`[DONE]`, `message_stop`, `response.completed`), with a finish reason or without.
    """

    RUNNING = "running"
    FINISHED = "finished"
    FINISHED_WITH_USAGE = "finished with usage"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderError:
    """What a provider's error means. `retry_after_s`: its own word on when to come back, from body or headers."""

    kind: FailureKind
    message: str
    is_retryable: bool
    retry_after_s: float | None = None


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedResponse:
    """All that a finished body said. `error` is set where the answer is none, whatever the HTTP status was.

    `is_complete`: a finish reason or an end mark was seen; without it a stream was truncated. With `error` or without
    an end, the text and usage seen so far are kept, for they may be billed. `undecoded`: the first event that was
    neither JSON nor known keep-alive data. `tool_calls`: None where the model called no tool.
    """

    text: str
    reasoning: str
    finish_reason: FinishReason | None
    native_finish_reason: str | None
    is_complete: bool
    usage: Usage | None
    raw_usage: Json
    reported_cost_usd: Decimal | None
    served_model: str | None
    served_by: str | None
    service_tier: str | None
    request_id: str | None
    error: ProviderError | None
    undecoded: str | None
    tool_calls: tuple[ToolCall, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitInfo:
    """What the headers of an answer say about the budget per minute; None where they are silent."""

    remaining_requests: int | None = None
    remaining_tokens: int | None = None
    reset_requests_s: float | None = None
    reset_tokens_s: float | None = None


class ResponseParser(Protocol):
    """Collects one reply. Feed it events (streamed) or the whole body (not streamed), then ask for the reply.

    No input makes it raise: what cannot be decoded becomes an `error` of kind MALFORMED_RESPONSE.
    """

    @property
    def stage(self) -> StreamStage:
        """How far the stream is; asked after every piece of the body."""
        ...

    @property
    def content_chars(self) -> int:
        """Characters of content so far, think blocks in it and arguments of tool calls included."""
        ...

    def feed_event(self, event: str, data: bytes) -> ChunkKind:
        """Take one server-sent event; `event` is its name, empty where it has none. Says what text it brought."""
        ...

    @property
    def template(self) -> ChunkTemplate | None:
        """The last event's bytes around its text, where it brought a piece of text and nothing else."""
        ...

    def feed_texts(self, texts: list[str]) -> tuple[ChunkKind, int]:
        """Take the texts of events that are `template` around them; as `feed_event`, at a fraction of the cost.

        Says what text they brought (the answer, where they brought reasoning too), and how many of them any.
        """
        ...

    def feed_body(self, body: bytes) -> None:
        """Take a whole body that is not a stream."""
        ...

    def reply(self, headers: Mapping[str, str]) -> ParsedResponse:
        """The reply as far as it came; header names are lower case."""
        ...
