"""The values that all packages share: samples, endpoints, jobs, attempts with their usage and timing, grades.

Plain frozen values from the standard library; nothing here reads a file or the network. `None` means "not reported",
never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from harness.core.conversations import ConversationEnd, FinishedTurn
from harness.core.labels import Effort
from harness.core.prices import GpuCost

Json: TypeAlias = object
"""Whatever a JSON text decodes to; only the dialects look inside."""


class Origin(Enum):
    """Where figures come from: a provider, the mock server, a recording (`--replay`), or somebody else's results."""

    LIVE = "live"
    SIMULATED = "SIMULATED"
    IMPORTED = "IMPORTED"
    REPLAYED = "REPLAYED"


def origin_of(*, simulated: bool, imported: bool, replayed: bool = False) -> Origin:
    """Imported results are so whatever else they say of themselves; recorded simulated answers are simulated."""
    if imported:
        return Origin.IMPORTED
    if simulated:
        return Origin.SIMULATED
    return Origin.REPLAYED if replayed else Origin.LIVE


# Samples and settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that a model may call. `parameters` is the JSON Schema of the object that its arguments form."""

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that a model made. `arguments` is the text it wrote, which need not be JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One problem of a task.

    `target` is what the grader compares with: the answer's text, or for code the tests as JSON (grading.code).
    `reference` is a whole response that must grade correct; it is never sent to a model. `tools`: the functions that
    the request offers; None: it has no `tools` field.
    """

    id: str
    prompt: str
    target: str
    system: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    tools: tuple[Tool, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a task's samples come from: `hub_id` for the `datasets` package, `files` for a data folder.

    `shipped` names a file below tasks/data instead. `revision` stays None unless a real one is known.
    """

    title: str
    licence: str
    hub_id: str | None = None
    hub_config: str | None = None
    hub_split: str | None = None
    revision: str | None = None
    files: tuple[str, ...] = ()
    shipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A benchmark: where its rows are, how a row becomes a Sample, and which grader scores it.

    `to_sample` takes the raw row and its zero-based position; `keep` says which rows belong to the task, None means
    all. `content_hash` pins the samples, whatever their order
    (tasks.load.content_hash); None only while a user's own file has never been pinned.
    `generate` makes the rows from a seed where they are not read; `seed` is the one the hash pins. `agent_turns`: an
    agent solves the samples, with so many requests each at most; None: each is answered at once.
    """

    name: str
    version: int
    grader: str
    source: Source
    to_sample: Callable[[Mapping[str, object], int], Sample]
    content_hash: str | None
    summary: str = ""
    max_tokens: int = 4096
    keep: Callable[[Mapping[str, object]], bool] | None = None
    generate: Callable[[int], Sequence[Mapping[str, object]]] | None = None
    seed: int = 0
    agent_turns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """What is asked of the sampler. None: not sent, so the provider's default holds."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    effort: Effort | None = None
    thinking: bool | None = None


# Endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimits:
    """What an endpoint allows, and how long we wait. Seconds; None: no such limit."""

    max_concurrency: int = 16
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    connect_timeout_s: float = 15.0
    first_byte_timeout_s: float = 600.0
    between_chunks_timeout_s: float = 180.0
    total_timeout_s: float = 3600.0
    max_attempts: int = 6


BATCH_BACKEND = "batch"
"""`Endpoint.backend` of an endpoint whose requests go through its provider's batch API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model as one provider serves it.

    `label` is how rows name it (`openai/gpt-5@high`); `model` is our name of the model, `model_id` the provider's.
    `api_key_env` names the variable that holds the key; the key itself never stands in a value.
    `traits` are the dialect's switches for this model (such as `always_thinks`). `extra_body` goes into every request.
    `served_as`: further names under which responses report this model; `*` accepts any (a server of one's own).
    `simulated`: its answers come from the mock server; `starts_with_run`: by a mock that each run starts for itself;
    `gpu_cost`: dollars are measured GPU time instead of token prices.
    `simulated_by_response`: its responses said so, so that call keys made before are still those of its address.
    `imported`: its responses were taken from somebody else's results; nothing is ever sent to it. `replayed`: its
    responses come from a recording.
    """

    label: str
    provider: str
    model: str
    model_id: str
    base_url: str
    dialect: str
    api_key_env: str | None = None
    backend: str = "http"
    service_tier: str | None = None
    params: SamplingParams = SamplingParams()
    limits: EndpointLimits = EndpointLimits()
    traits: frozenset[str] = frozenset()
    extra_body: Mapping[str, Json] = field(default_factory=dict)
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    stream: bool = True
    simulated: bool = False
    starts_with_run: bool = False
    served_as: tuple[str, ...] = ()
    simulated_by_response: bool = False
    gpu_cost: GpuCost | None = None
    imported: bool = False
    replayed: bool = False

    @property
    def origin(self) -> Origin:
        """Where its figures come from."""
        return origin_of(simulated=self.simulated, imported=self.imported, replayed=self.replayed)

    @property
    def is_batch(self) -> bool:
        """Whether its requests go through the provider's batch API."""
        return self.backend == BATCH_BACKEND

    @property
    def name(self) -> str:
        """`provider/model`, the name prices and claims go by; the effort is not part of it."""
        return f"{self.provider}/{self.model}"

    def reasoning_enabled(self, params: SamplingParams) -> bool | None:
        """Whether the model reasons before it answers under these settings; None where that is not known.

        Some providers price all output of a thinking request differently (pricing.cost).
        """
        if "always_thinks" in self.traits:
            return True
        if "never_thinks" in self.traits:
            return False
        if params.thinking is not None:
            return params.thinking
        if params.effort is not None:
            return params.effort is not Effort.NONE
        if "reasoning" in self.traits:
            return True
        return False if "thinking_optional" in self.traits else None


class CacheMode(Enum):
    """How a run uses providers' prompt caches. WARM: requests that begin alike follow one another; COLD: none do."""

    WARM = "warm"
    COLD = "cold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sample to be answered once by one endpoint. `key`: see core.keys; same key, same billed request.

    `history`: the turns before the next request, where the job is a conversation (core.conversations). `shared_chars`:
    of a warm run, the characters of the prompt that other requests begin with too; None: no cache is asked for.
    """

    key: str
    endpoint: Endpoint
    task: str
    task_version: int
    grader: str
    sample: Sample
    repeat: int
    params: SamplingParams
    history: tuple[FinishedTurn, ...] = ()
    shared_chars: int | None = None


# What came back


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
    smaller the true figure may be; None: not measured. `loop_lag_s`: the largest at any of these stamps (records made
    before 2026-12 have no other).
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
    `partial_text` is what had been generated when the stream broke.
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


Attempt: TypeAlias = Completion | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """All that was sent for one job: its attempts in the order they were made.

    The last attempt decides: a Completion is the accepted answer, a Failure means the job failed. `is_finished` is
    False where a run ended between two attempts: its dollars are spent, its answer is still to come.
    Of a conversation each answer is a turn; `replies` are the messages sent after the first one, in order. One that
    has its `end` is answered by its last turn, whatever failed after that.
    """

    key: str
    label: str
    name: str
    task: str
    task_version: int
    grader: str
    sample_id: str
    repeat: int
    params: SamplingParams
    attempts: tuple[Attempt, ...]
    simulated: bool = False
    imported: bool = False
    replayed: bool = False
    reused_from: str | None = None
    is_finished: bool = True
    replies: tuple[str, ...] = ()
    end: ConversationEnd | None = None

    @property
    def origin(self) -> Origin:
        """Where its figures come from."""
        return origin_of(simulated=self.simulated, imported=self.imported, replayed=self.replayed)

    @property
    def accepted(self) -> Completion | None:
        """The answer that counts, None when the job failed or is not finished; of an agent its submission."""
        last = self.attempts[-1] if self.attempts and self.is_finished else None
        if self.end is not None:  # an earlier session may have failed to get one turn more than it then took
            last = self.turns[-1]
        if not isinstance(last, Completion):
            return None
        if self.end is None or self.end.submission is None:
            return last
        return replace(last, text=self.end.submission, finish_reason=FinishReason.STOP)

    @property
    def turns(self) -> tuple[Completion, ...]:
        """The answers among the attempts: one, or those of a conversation."""
        return tuple(attempt for attempt in self.attempts if isinstance(attempt, Completion))


# Grades


class Verdict(Enum):
    """The category of a grade. Only CORRECT scores; GRADER_ERROR is counted apart and never as wrong."""

    CORRECT = "correct"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    GRADER_ERROR = "grader_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A grader's result with its reason. `answer` is what was extracted, `rule` how it was extracted and compared.

    `spans`: where the answer stands in the completion's text, as [start, end) in characters; empty where none was
    found, or where the grader does not tell. `why`: what it was compared with and what came of it.
    `sandbox_backend`: what isolated model-written code; None where nothing was run. `ended_by`: the limit or end that
    decided. `findings`: what a grader with several questions found, by name; one that the answer leaves open is absent.
    """

    verdict: Verdict
    answer: str | None = None
    why: str
    rule: str
    grader: str
    grader_version: str
    seconds: float
    sandbox_backend: str | None = None
    ended_by: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    findings: Mapping[str, bool] | None = None
