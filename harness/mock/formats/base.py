"""The values of a response format: an answer to be written, its timed chunks, the frames that come out, the errors.

A response format turns an `AnswerPlan` into bytes as one provider does. It knows no socket, no clock and no scenario.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from harness.mock.billing import Bill, Tokens

JsonObject: TypeAlias = dict[str, object]
Body: TypeAlias = Mapping[str, object]
"""A request's body as decoded."""


class StopCause(Enum):
    """Why the simulated model stopped; each provider has its own words for it."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"
    TOOL_CALLS = "tool_calls"


class ErrorKind(Enum):
    """The causes a provider can be made to state, each in its own words."""

    RATE_LIMIT = "rate_limit"
    PAYMENT_REQUIRED = "no_money"
    DAILY_QUOTA = "daily_quota"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    BAD_KEY = "bad_key"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    CONTEXT_LENGTH_EXCEEDED = "too_long"
    CONTENT_FILTERED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReply:
    """An answer that is an error: its status, the headers beside the content type, and the body as sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A tool call of an answer: its id without a provider's prefix, and its arguments cut into tokens."""

    id: str
    name: str
    pieces: tuple[str, ...]

    @property
    def arguments(self) -> str:
        """The arguments as one text."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlan:
    """One answer about to be written. `tokens` is what is billed and what usage must add up to.

    `thinks`: the model reasons and was not told to stop. `reports_cache`: its server is set to report cached tokens.
    `finish_word` replaces the provider's word for `finish`. `stop_sequence`: which one ended the answer. `host`: who
    serves it, where a gateway names the host. `ttft_s` and `tokens_per_s` are before any time scale.
    `is_correct`: what a grader must find.
    """

    id: str
    created: int
    model: str
    reasoning: tuple[str, ...]
    answer: tuple[str, ...]
    finish: StopCause
    tokens: Tokens
    bill: Bill
    body: Body
    thinks: bool
    reports_cache: bool
    ttft_s: float
    tokens_per_s: float
    finish_word: str | None = None
    stop_sequence: str | None = None
    host: str = "Mock"
    calls: tuple[PlannedCall, ...] = ()
    is_correct: bool = False

    @property
    def reasoning_text(self) -> str:
        """The reasoning as one text."""
        return "".join(self.reasoning)

    @property
    def answer_text(self) -> str:
        """The visible answer as one text."""
        return "".join(self.answer)

    def service_tier(self, usual: str) -> str:
        """The tier that serves the request and is billed: the one asked for, else the provider's word `usual`."""
        asked = self.body.get("service_tier")
        return asked if isinstance(asked, str) and asked not in ("auto", "standard_only") else usual

    @property
    def asks_usage(self) -> bool:
        """Whether the request has `stream_options.include_usage`."""
        options = self.body.get("stream_options")
        return isinstance(options, Mapping) and options.get("include_usage") is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Tokens that leave together: `at` seconds after the request came; `generated` counts all tokens up to its end.

    `call`: which call's arguments they are, None for text. `starts_call`: they are the first of it.
    """

    at: float
    is_reasoning: bool
    text: str
    generated: int
    call: int | None = None
    starts_call: bool = False


class FrameKind(Enum):
    """What a frame of a stream is for; scripted faults count and cut by it."""

    OPENING = "opening"
    TEXT = "text"
    USAGE = "usage"
    CLOSING = "closing"
    DONE = "done"
    KEEPALIVE = "keepalive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Bytes of a stream and when they are due: `at` simulated and `delay_s` real seconds after the request came."""

    at: float
    data: bytes
    kind: FrameKind
    generated: int = 0
    delay_s: float = 0.0


class ResponseFormat(Protocol):
    """One provider's writing."""

    @property
    def name(self) -> str:
        """The dialect's name."""

    @property
    def route(self) -> str:
        """The path below `/v1/` that answers, such as `chat/completions`."""

    @property
    def reports_cache(self) -> bool:
        """Whether cached prompt tokens can be told from the reply; if not, none are simulated."""

    @property
    def reports_cache_writes(self) -> bool:
        """Whether tokens written to the cache can be told from the reply; if not, none are simulated."""

    @property
    def chunk_tokens(self) -> int:
        """The least number of tokens in a chunk (Gemini sends few, large ones)."""

    def messages(self, body: Body) -> tuple[list[str], str]:
        """All texts of the prompt, and the last user message; raises ValueError for a body without messages."""

    def token_limit(self, body: Body) -> int | None:
        """The output limit the provider heeds."""

    def stop_sequences(self, body: Body) -> tuple[str, ...]:
        """The texts before which the answer ends."""

    def thinking_is_off(self, body: Body) -> bool:
        """Whether the request switches thinking off in a way this provider heeds."""

    def refusal(self, body: Body, *, thinks: bool) -> ErrorReply | None:
        """The error for a parameter this provider refuses."""

    def headers(self, turn: AnswerPlan) -> Mapping[str, str]:
        """Headers of a good answer, beside the content type."""

    def whole(self, turn: AnswerPlan) -> bytes:
        """The body of an answer that is not streamed."""

    def frames(self, turn: AnswerPlan, chunks: Iterable[Chunk]) -> Iterator[Frame]:
        """The events of a streamed answer."""

    def error(self, kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
        """A cause in the provider's words; an empty message takes the usual one."""

    def error_event(self, kind: ErrorKind) -> bytes:
        """The error as an event inside a stream that began with a 200."""

    def padding(self, turn: AnswerPlan, size: int) -> bytes:
        """An event of at least `size` bytes in one line that carries no text."""


def dumps(value: object) -> bytes:
    """Compact JSON in UTF-8, not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def data_event(value: object) -> bytes:
    """A server-sent event without a name."""
    return b"data: " + dumps(value) + b"\n\n"


def named_event(name: str, value: object, *, padding: int = 0) -> bytes:
    """A server-sent event with a name; `padding` blanks before the closing brace, as Anthropic sends them."""
    text = dumps(value)
    return b"event: " + name.encode() + b"\ndata: " + text[:-1] + b" " * padding + b"}\n\n"


DONE_EVENT = b"data: [DONE]\n\n"


def text_of(content: object) -> str:
    """The text of a message's content: a string, or the `text` of its parts joined."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return ""


def messages_of(body: Body, key: str = "messages") -> tuple[list[str], str]:
    """The texts of a chat's messages and the last user message; raises ValueError where there are none."""
    rows = body.get(key)
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{key!r} must be a list with at least one message")
    texts: list[str] = []
    last_user = ""
    for row in rows:
        if not isinstance(row, Mapping):
            raise ValueError(f"each of {key!r} must be an object with role and content")
        text = text_of(row.get("content"))
        texts.append(text)
        if row.get("role") == "user":
            last_user = text
    return texts, last_user


def at_path(body: Body, path: str) -> object:
    """The value at a dotted path of objects; None where it leads nowhere."""
    value: object = body
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def texts_at(body: Body, name: str) -> tuple[str, ...]:
    """The texts a body has under a name, one or a list of them; empty ones and anything else left out."""
    value = body.get(name)
    values = value if isinstance(value, list) else [value]
    return tuple(text for text in values if isinstance(text, str) and text)


def not_simulated(body: Body, *, can_call: bool) -> str | None:
    """What the request asks for that the mock cannot do, in words; None where it can do all of it.

    Taken and ignored it would look like a model that does not obey. `can_call`: the prompt is of a sample that offers
    tools, so the calls that it needs are known.
    """
    if (body.get("tools") and body.get("tool_choice") != "none" and not can_call) or body.get("functions"):
        return "tools for a prompt of no task with tools"
    for path in ("response_format.type", "text.format.type", "output_config.format.type", "output_format.type"):
        kind = at_path(body, path)
        if kind not in (None, "text"):
            return f"structured output ({path}: {kind})"
    return "stored conversations (previous_response_id)" if body.get("previous_response_id") else None
