"""What a dialect states: every known difference of a provider's wire format, as one value.

The values stand in `providers/dialects`, one file per provider; `format/request.py` and `parsing/` act on them.
A difference is data here, or a small named function in the dialect's own file; no code asks for a dialect's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from harness.core.conversations import FinishedTurn
from harness.core.labels import Effort
from harness.core.types import FailureKind, FinishReason, Json, Sample, Tool
from harness.providers.format.wire_types import ProviderError, ResponseParser

TRAITS: Mapping[str, str] = {
    "reasoning": "reasons unless it is asked not to",
    "always_thinks": "always reasons: a request to switch reasoning off is not sent",
    "never_thinks": "cannot reason: a request to reason is not sent",
    "thinking_optional": "reasons only when asked to",
    "effort_none": "accepts the reasoning effort `none`, which switches reasoning off",
    "effort_low_high": "accepts only the reasoning efforts low and high",
    "no_effort": "refuses the reasoning effort",
    "no_thinking_switch": "refuses the dialect's switch that turns reasoning on or off",
    "adaptive_thinking": "Anthropic: accepts an effort and adaptive thinking instead of a token budget",
    "starts_in_think": "its prompt template opens the <think> tag, so that a response starts inside it",
    "no_system_role": "refuses system messages: the system text is put before the prompt",
    "no_sampling": "refuses temperature, top_p and seed altogether",
}
"""The switches of an endpoint that dialects know (`Endpoint.traits`), with their meaning."""

EFFORT_BUDGETS: Mapping[Effort, int] = {
    Effort.MINIMAL: 1024,
    Effort.LOW: 1024,
    Effort.MEDIUM: 8192,
    Effort.HIGH: 24576,
}
"""Thinking tokens for an effort where a provider takes only a budget.

Source: Google's page "OpenAI compatibility", table of reasoning_effort; state of 2026-11.
"""

History: TypeAlias = tuple[FinishedTurn, ...]
"""The turns of a conversation before the request; empty for a single answer."""


class ReasoningAccounting(Enum):
    """Where reasoning tokens are counted, used when the arithmetic of the usage object cannot decide."""

    INCLUDED = "included in the completion tokens"
    EXCLUDED = "excluded from the completion tokens"
    TOTAL_ONLY = "only in the total tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingControl:
    """How thinking is asked for. None: the dialect has no such switch, and the wish is reported as not sent.

    `efforts` maps our words to the provider's, written at the dotted path `effort_at`; a word that is missing is not
    offered. `on` and `off` are pieces of the body; `off_needs` names the trait without which `off` is refused.
    `budget_at`: a budget in tokens goes there instead of a word; some require one whenever thinking is on.
    """

    efforts: Mapping[Effort, str] = field(default_factory=dict)
    effort_at: str = "reasoning_effort"
    on: Mapping[str, Json] | None = None
    off: Mapping[str, Json] | None = None
    off_needs: str | None = None
    budget_at: str | None = None
    budget_is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainNames:
    """The names in a usage object that holds nothing unusual (parsing/plain_usage)."""

    prompt: str
    completion: str
    prompt_details: str
    completion_details: str


_PLAIN_NAMES = tuple(
    PlainNames(
        prompt=f"{prompt}_tokens",
        completion=f"{completion}_tokens",
        prompt_details=f"{prompt}_tokens_details",
        completion_details=f"{completion}_tokens_details",
    )
    for prompt, completion in (("prompt", "completion"), ("input", "output"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRules:
    """Where the counts of a usage object stand and how they add up. Paths are dotted; the first that is there counts.

    `cache_excluded_from_prompt`: the prompt count leaves out what was read from or written to the cache.
    `cache_counts_may_overlap`: cache reads and writes are known to count the same tokens. `extra_usage_keys`: keys of
    the envelope that are kept in the raw usage under their own names. `reshape` rewrites an object before it is read;
    `check` names contradictions that the common checks cannot see; `tokens_at_other_rates` names tokens that have
    another price, or none that can be told. `reasoning_accounting_is_hint`: the reasoning count may exceed the
    completion, and is then cut to it without a note. `plain_names`: those of the object that needs no rule beyond
    these, if any does.
    """

    prompt: tuple[str, ...] = ("prompt_tokens", "input_tokens")
    completion: tuple[str, ...] = ("completion_tokens", "output_tokens")
    total: tuple[str, ...] = ("total_tokens",)
    cached: tuple[str, ...] = (
        "prompt_tokens_details.cached_tokens",
        "input_tokens_details.cached_tokens",
        "cached_tokens",
        "num_cached_tokens",
        "prompt_cache_hit_tokens",
        "cache_read_input_tokens",
    )
    cache_write: tuple[str, ...] = (
        "prompt_tokens_details.cache_write_tokens",
        "input_tokens_details.cache_write_tokens",
        "prompt_tokens_details.cache_creation_input_tokens",
        "prompt_tokens_details.cache_creation_tokens",
        "cache_creation_input_tokens",
    )
    cache_write_split: tuple[str, ...] = ("prompt_tokens_details.cache_creation", "cache_creation")
    reasoning: tuple[str, ...] = (
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "reasoning_tokens",
    )
    reasoning_accounting: ReasoningAccounting = ReasoningAccounting.INCLUDED
    cache_excluded_from_prompt: bool = False
    cache_counts_may_overlap: bool = False
    reasoning_accounting_is_hint: bool = False
    extra_usage_keys: tuple[str, ...] = ()
    reshape: Callable[[Mapping[str, Json]], Mapping[str, Json]] | None = None
    check: Callable[[Mapping[str, Json]], tuple[str, ...]] | None = None
    tokens_at_other_rates: Callable[[Mapping[str, Json]], tuple[str, ...]] | None = None
    plain_names: PlainNames | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rewrites = self.reshape or self.check or self.tokens_at_other_rates or self.cache_excluded_from_prompt
        found = None if rewrites else next(filter(self._has_names, _PLAIN_NAMES), None)
        object.__setattr__(self, "plain_names", found)

    def _has_names(self, names: PlainNames) -> bool:
        has_counts = names.prompt in self.prompt and names.completion in self.completion
        has_cached = f"{names.prompt_details}.cached_tokens" in self.cached
        has_reasoning = f"{names.completion_details}.reasoning_tokens" in self.reasoning
        return has_counts and "total_tokens" in self.total and has_cached and has_reasoning

    def reads(self, path: str) -> bool:
        """Whether the number at this path is one of the counts named here."""
        counts = (self.prompt, self.completion, self.total, self.cached, self.cache_write, self.reasoning)
        return any(path in names for names in counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFields:
    """What an error says, before it is classified. `codes` are all its code words, lower case, the most exact first.

    `status`: the HTTP status, or the one the body names; None where neither says. `details`: the error object.
    """

    status: int | None
    codes: tuple[str, ...]
    message: str
    details: Json


def chat_tool(tool: Tool) -> Json:
    """An entry of `tools` as chat completions take it."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One provider's wire format. `version` rises with every change of what is sent: it is part of a call's key.

    `reading_version` rises with every change in what is read from a response; stored responses can be read again.

    Request: `auth` maps a header to its text with `{key}`. `unsupported_params` are settings the provider refuses or
    ignores, `unsupported_with_reasoning` those it refuses or ignores while the model reasons;
    `mutually_exclusive_params` maps a setting to the one it excludes; `renamed_params` to the provider's own field;
    `ranges` holds what is clamped. `requires_stream_with_reasoning`: reasoning is refused without streaming, so
    streaming is forced. `fixed_body` goes into every request. `token_limit_includes_reasoning`: the token limit holds
    the reasoning too; where it does not, reasoning comes on top, up to the budget that was sent or else to the model's
    own maximum. `ask_for_cache`: the body of a prompt of which so many characters are to be kept in the cache of that
    model, at providers that cache nothing unasked. `tool_entry` writes one entry of `tools`, which only a sample that
    offers tools has.

    Reply: `reasoning_fields` are looked at in this order and the first with text counts, for some providers send the
    same text twice. `think_tags` open the content of some models. `placeholders` are no reasoning text.
    `cumulative_deltas`: each chunk may repeat all text so far. `failing_finishes` mean that the provider broke off.
    `flags_input`, `flags_output`: booleans of the body that report a content filter.

    Errors: `codes` and `messages` (regular expressions) decide before the general tables do; `classify_error`
    sees the fields first, where a table cannot tell. `empty_body_errors` decide a status that comes without a body.
    """

    name: str
    title: str
    version: int = 1
    reading_version: int = 2

    path: str = "/chat/completions"
    auth: Mapping[str, str] = field(default_factory=lambda: {"authorization": "Bearer {key}"})
    fixed_headers: Mapping[str, str] = field(default_factory=dict)
    fixed_body: Mapping[str, Json] = field(default_factory=dict)
    prompt_body: Callable[[Sample, History, frozenset[str]], dict[str, Json]]
    ask_for_cache: Callable[[dict[str, Json], int, str], dict[str, Json]] | None = None
    tool_entry: Callable[[Tool], Json] = chat_tool
    token_limit_field: str = "max_tokens"  # noqa: S105  the name of a field
    token_limit_when_none: int | None = None
    token_limit_includes_reasoning: bool = True
    unsupported_params: frozenset[str] = frozenset()
    unsupported_with_reasoning: frozenset[str] = frozenset()
    mutually_exclusive_params: Mapping[str, str] = field(default_factory=dict)
    renamed_params: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    thinking: ThinkingControl = ThinkingControl()
    thinking_by_trait: Mapping[str, ThinkingControl] = field(default_factory=dict)
    requires_stream_with_reasoning: bool = False
    include_usage: bool = True
    service_tier_field: str | None = None

    parser: Callable[[Dialect, frozenset[str]], ResponseParser]
    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    think_tags: tuple[str, ...] = ("think",)
    placeholders: tuple[str, ...] = ()
    cumulative_deltas: bool = False
    finish_reasons: Mapping[str, FinishReason] = field(default_factory=dict)
    failing_finishes: frozenset[str] = frozenset()
    flags_input: tuple[str, ...] = ()
    flags_output: tuple[str, ...] = ()

    usage: UsageRules = UsageRules()
    charge: Callable[[Mapping[str, Json]], Decimal | None] | None = None

    codes: Mapping[str, FailureKind] = field(default_factory=dict)
    messages: tuple[tuple[str, FailureKind], ...] = ()
    classify_error: Callable[[ErrorFields], ProviderError | None] | None = None
    empty_body_errors: Mapping[int, FailureKind] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
