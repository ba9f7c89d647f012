"""What a simulated model does, as a person writes it below `simulate:` in providers.yaml.

Covers the fields, their units, their defaults and their bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from harness.core.labels import Effort

Chance: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]

MockDialect: TypeAlias = Literal[
    "openai",
    "openai_responses",
    "azure",
    "anthropic_compat",
    "anthropic_messages",
    "minimax",
    "moonshot",
    "dashscope",
    "deepseek",
    "xai",
    "xai_responses",
    "zai",
    "gemini_compat",
    "openrouter",
    "groq",
    "cerebras",
    "together",
    "vllm",
    "sglang",
    "llamacpp",
    "ollama",
    "generic",
]
"""The dialects that the mock speaks."""


class _StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class LogNormal(_StrictModel):
    """A lognormal quantity: half of the draws lie below `median`; `spread` is sigma of its logarithm (0: constant)."""

    median: Annotated[float, Field(ge=0.0)]
    spread: Annotated[float, Field(ge=0.0, le=3.0)] = 0.0


class AccuracyByDifficulty(_StrictModel):
    """Chance of a correct answer by the sample's `difficulty` tag; untagged samples count as medium."""

    easy: Chance
    medium: Chance
    hard: Chance


class CachedShare(_StrictModel):
    """With this `chance` a prompt is reported, and billed, as read from the cache to this `share` of its tokens.

    A prompt that is not read is written to the cache to `write_share` of its tokens, where the dialect reports writes.
    Token counts are rounded down.
    """

    chance: Chance = 0.0
    share: Chance = 0.0
    write_share: Chance = 0.0


class PromptCache(_StrictModel):
    """A cache of prompts that answers by what it has seen, where the dialect reports cached tokens.

    The longest beginning that an earlier prompt had too is read from it: a whole number of `unit_tokens`, at least
    `min_tokens`, used within `ttl_s`. `needs_mark`: only what stands before a cache mark is held (Anthropic).
    `bills_writes`: what is newly held is billed as written. `ttft_saved`: the share of the time to the first token that
    a wholly cached prompt saves.
    """

    min_tokens: Annotated[int, Field(ge=1)] = 1024
    unit_tokens: Annotated[int, Field(ge=1)] = 128
    ttl_s: Annotated[float, Field(ge=0.0)] = 300.0
    needs_mark: bool = False
    bills_writes: bool = False
    ttft_saved: Chance = 0.8


class Faults(_StrictModel):
    """Chance per attempt of each fault; at most one happens to an attempt, so the chances must not sum above 1.

    `rate_limit` 429, `server_error` 500, `overloaded` the provider's overload status, `refused_connection` closes
    before any header, `empty` a 200 without a body, `truncate_stream` and `reset` break the stream after a part of the
    answer (which is billed), `stall` goes silent after a part for `stall_s` seconds and then closes. The former name of
    `truncate_stream` is `cut`.
    """

    rate_limit: Chance = 0.0
    server_error: Chance = 0.0
    overloaded: Chance = 0.0
    refused_connection: Chance = 0.0
    empty: Chance = 0.0
    truncate_stream: Chance = Field(default=0.0, validation_alias=AliasChoices("truncate_stream", "cut"))
    reset: Chance = 0.0
    stall: Chance = 0.0
    stall_s: Annotated[float, Field(ge=0.0)] = 600.0
    retry_after_s: Annotated[float, Field(ge=0.0)] = 1.0

    def model_post_init(self, _context: object, /) -> None:
        """Refuse chances that sum above 1: they could not be chances of exclusive events."""
        total = sum(self.chances().values())
        if total > 1.0 + 1e-9:
            raise ValueError(f"the chances of faults sum to {total:g}; at most one fault per attempt, so at most 1")

    def chances(self) -> dict[str, float]:
        """Fault name to its chance per attempt."""
        return {
            name: float(getattr(self, name))
            for name in (
                "rate_limit",
                "server_error",
                "overloaded",
                "refused_connection",
                "empty",
                "truncate_stream",
                "reset",
                "stall",
            )
        }


class ToolFaults(_StrictModel):
    """Chance of each fault of an answer that calls tools; at most one happens, so the chances must not sum above 1.

    `broken_json`: arguments without their last character. `wrong_tool`: the name of another tool. `call_in_text`: the
    calls stand in the text instead of in their field. `wrong_stop_reason`: the finish reason is that of a text.
    """

    broken_json: Chance = 0.0
    wrong_tool: Chance = 0.0
    call_in_text: Chance = 0.0
    wrong_stop_reason: Chance = 0.0

    def model_post_init(self, _context: object, /) -> None:
        """Refuse chances that sum above 1."""
        total = sum(self.chances().values())
        if total > 1.0 + 1e-9:
            raise ValueError(f"the chances of tool_faults sum to {total:g}; at most one for an answer, so at most 1")

    def chances(self) -> dict[str, float]:
        """Fault name to its chance per answer."""
        names = ("broken_json", "wrong_tool", "call_in_text", "wrong_stop_reason")
        return {name: float(getattr(self, name)) for name in names}


class OtherModel(_StrictModel):
    """With this `chance` per answer `model` answers instead, and the response says so.

    Where the mock has that model too, it answers and bills as that model does; else only the name differs. `host`: who
    serves it behind a gateway, in dialects that name the host (openrouter).
    """

    model: Annotated[str, Field(min_length=1)]
    chance: Chance = 1.0
    host: str | None = None


class SimulatedEffort(_StrictModel):
    """What a model does differently at one reasoning effort; a field left out is as without one."""

    accuracy: Chance | AccuracyByDifficulty | None = None
    answer_tokens: LogNormal | None = None
    reasoning_share: Annotated[float, Field(ge=0.0, lt=1.0)] | None = None
    ttft_s: LogNormal | None = None


class Simulation(_StrictModel):
    """A simulated model: how often it is right, how much it says, how fast, and what goes wrong.

    `answer_tokens` counts visible answer tokens, `reasoning_share` (0 to below 1) is the reasoning part of all
    generated tokens. `ttft_s` is from the request's arrival to its first token; `tokens_per_s` holds after that.
    `truncate` and `refuse` are chances per answer. `answered_by`: another model that answers instead (fallback, routed
    retirement). `tool_faults`: of answers to samples that offer tools. `prompt_cache` goes before `cached_share`.
    `by_effort`: what is different at an effort that the request asks for; one that is not there changes nothing, as at
    a provider that ignores the field. Same `seed`, same draws.
    """

    accuracy: Chance | AccuracyByDifficulty = 0.5
    answer_tokens: LogNormal = LogNormal(median=120.0, spread=0.3)
    reasoning_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    ttft_s: LogNormal = LogNormal(median=0.3, spread=0.2)
    tokens_per_s: Annotated[float, Field(gt=0.0)] = 60.0
    truncate: Chance = 0.0
    refuse: Chance = 0.0
    cached_share: CachedShare = CachedShare()
    prompt_cache: PromptCache | None = None
    faults: Faults = Faults()
    tool_faults: ToolFaults = ToolFaults()
    answered_by: OtherModel | None = None
    by_effort: Mapping[Effort, SimulatedEffort] = Field(default_factory=dict)
    dialect: MockDialect = "openai"
    seed: int = 0

    def at_effort(self, effort: Effort | None) -> Simulation:
        """The simulation of a request with that effort; None: without one."""
        level = None if effort is None else self.by_effort.get(effort)
        if level is None:
            return self
        changes = {name: value for name in type(level).model_fields if (value := getattr(level, name)) is not None}
        return self.model_copy(update=changes)
