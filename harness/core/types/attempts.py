"""What came of one request: a completion or a failure, with its usage and timing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from harness.core.fast_init import fast_init
from harness.core.types.tasks import Json, ToolCall


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one attempt, normalised.

    `prompt_tokens` includes `cached_tokens` and the written ones; `completion_tokens` includes `reasoning_tokens`.
    `cache_write_tokens` includes `cache_write_1h_tokens`. None: not on the wire.
    `split_by_documented_rule`: no total was there to check the sum, so the provider's documented rule was used.
    `cache_counts_overlap`: cache reads and writes count the same tokens. `problems`: contradictions found in the raw
    object; with any, dollars are an upper bound or unknown. `stated_reasoning_tokens`: the reasoning count as it was
    stated, where it exceeds the output and was reduced to it. `non_token_charges`: charges that no
    token count covers (searches); `tokens_at_other_rates`: tokens counted here that have another price, or that
    cannot be told apart. With either, dollars are unknown; both are listed in `problems` too.
    `explicit_cached_tokens`: those of `cached_tokens` that came from a cache the request asked for. `surcharges`: named
    conditions under which all rates are multiplied (`inference_geo: us`). `own_key`: a gateway used one's own key for
    the host, so no credits were spent.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    reasoning_tokens: int | None = None
    split_by_documented_rule: bool = False
    cache_counts_overlap: bool = False
    problems: tuple[str, ...] = ()
    stated_reasoning_tokens: int | None = None
    non_token_charges: tuple[str, ...] = ()
    tokens_at_other_rates: tuple[str, ...] = ()
    explicit_cached_tokens: int | None = None
    surcharges: tuple[str, ...] = ()
    own_key: bool = False

    def __post_init__(self) -> None:
        for name in (
            "prompt_tokens",
            "completion_tokens",
            "cached_tokens",
            "cache_write_tokens",
            "cache_write_1h_tokens",
            "reasoning_tokens",
            "stated_reasoning_tokens",
            "explicit_cached_tokens",
        ):
            count = getattr(self, name)
            if count is not None and count < 0:
                raise ValueError(f"{name} must not be negative, got {count}")


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When one attempt ran and how long it took; seconds from the monotonic counter.

    `started_at` is the instant the request was handed to the socket; `waited_s` (queue, rate limits, back-off) lies
    before it and is in no other figure; these and `total_s` are None where an imported source does not say them.
    `ttft_s`: until the first chunk with any generated text, reasoning too;
    `first_answer_s`: until answer text; both None when not streamed. `total_s`: until the last byte.
    `itl_s`: the gaps between chunks with text as (p50, p95, max), None with fewer than two chunks.
    `text_chunks` counts them. `last_answer_s`: until the last answer text; `later_answer_chars`: characters of answer
    text that arrived after `first_answer_s`; both None in records made before 2026-12.
    `ttft_lag_s`, `total_lag_s`: how late our event loop may have stamped the first text and the last byte, so how much
    smaller the true figure may be; None: not measured. What the kernel's own stamp leaves out is not in them.
    `loop_lag_s`: the largest at any of these stamps (records made before 2026-12 have no other).
    `waits`: what `waited_s` was spent on, where a millisecond or more: budget (of dollars), queue, ramp, rate, hold
    (the provider asked all calls to wait), retry_after (it asked this one to), back_off (our own), connect.
    """

    started_at: datetime | None = None
    waited_s: float | None = None
    total_s: float | None = None
    headers_s: float | None = None
    ttft_s: float | None = None
    first_answer_s: float | None = None
    itl_s: tuple[float, float, float] | None = None
    text_chunks: int = 0
    last_answer_s: float | None = None
    later_answer_chars: int | None = None
    loop_lag_s: float | None = None
    ttft_lag_s: float | None = None
    total_lag_s: float | None = None
    waits: Mapping[str, float] = field(default_factory=dict)


class FinishReason(Enum):
    """Why the model stopped, in the harness's words; `Completion.native_finish_reason` keeps the provider's.

    NOT_GIVEN: the stream ended properly, without a reason, and the run was told to take such answers.
    """

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"
    TOOL_CALLS = "tool_calls"
    NOT_GIVEN = "not_given"
    OTHER = "other"


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An attempt that ended with generated output, graded or not.

    `raw_usage` is the provider's usage object as sent, so that a corrected dialect can parse it again.
    `reported_cost_usd` is the provider's own charge. `effective` lists the settings really sent,
    `not_sent` those asked for that the provider forbids or ignores. `tool_calls`: None where the model called no tool.
    """

    text: str
    reasoning: str
    finish_reason: FinishReason
    native_finish_reason: str | None = None
    timing: Timing
    usage: Usage | None = None
    raw_usage: Json = None
    reported_cost_usd: Decimal | None = None
    served_model: str | None = None
    served_by: str | None = None
    service_tier: str | None = None
    request_id: str | None = None
    effective: Mapping[str, Json] = field(default_factory=dict)
    not_sent: tuple[str, ...] = ()
    simulated: bool = False
    tool_calls: tuple[ToolCall, ...] | None = None

    @property
    def shown_text(self) -> str:
        """The text as a person is shown it: with the tool calls below it, a line `name(arguments)` each."""
        calls = (f"{call.name}({call.arguments})" for call in self.tool_calls or ())
        return "\n".join([*([self.text] if self.text or not self.tool_calls else []), *calls])


class FailureKind(Enum):
    """The cause of an attempt that gave no answer."""

    DNS = "dns"
    CONNECTION_FAILED = "connection_failed"
    TLS = "tls"
    STALE_CONNECTION = "stale_connection"
    CONNECTION_LOST = "connection_lost"
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    READ_TIMEOUT = "read_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    PAYMENT_REQUIRED = "payment_required"
    QUOTA_EXHAUSTED = "quota_exhausted"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    CONTEXT_LENGTH_EXCEEDED = "context_length_exceeded"
    CONTENT_FILTERED = "content_filtered"
    OTHER_MODEL = "other_model"
    REDIRECTED = "redirected"
    EMPTY_RESPONSE = "empty_response"
    STREAM_TRUNCATED = "stream_truncated"
    NO_FINISH_REASON = "no_finish_reason"
    MALFORMED_RESPONSE = "malformed_response"
    INTERRUPTED = "interrupted"
    NOT_PROCESSED = "not_processed"
    ANSWERED_TWICE = "answered_twice"
    SANDBOX_TIMEOUT = "sandbox_timeout"
    DOLLAR_LIMIT = "dollar_limit"
    HARNESS_BUG = "harness_bug"

    @classmethod
    def _missing_(cls, value: object) -> FailureKind | None:
        """The kind that schema 1 of the run folders stored under another name."""
        return next((kind for kind in cls if value == _SCHEMA_1_KINDS.get(kind.value)), None)


_SCHEMA_1_KINDS = {
    "payment_required": "no_money",
    "context_length_exceeded": "too_long",
    "content_filtered": "blocked",
    "stream_truncated": "cut",
    "malformed_response": "garbled",
    "empty_response": "empty",
    "connection_failed": "connect",
    "read_timeout": "chunk_timeout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt that gave no answer. It may still be billed: then `usage` holds what the provider said.

    `is_retryable` is decided by the dialect; `retry_after_s` is the wait that the provider asks for.
    `partial_text` is what had been generated when the stream broke. `completion`: the whole answer, of a job that has
    another (ANSWERED_TWICE).
    """

    kind: FailureKind
    message: str
    is_retryable: bool
    timing: Timing
    http_status: int | None = None
    retry_after_s: float | None = None
    usage: Usage | None = None
    raw_usage: Json = None
    reported_cost_usd: Decimal | None = None
    served_model: str | None = None
    service_tier: str | None = None
    partial_text: str = ""
    request_id: str | None = None
    was_sent: bool = True
    effective: Mapping[str, Json] = field(default_factory=dict)
    simulated: bool = False
    completion: Completion | None = None


Attempt: TypeAlias = Completion | Failure
