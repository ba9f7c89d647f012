"""llama.cpp's server. Source: its README (tools/server); state of 2026-11."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.core.labels import Effort
from harness.core.types import FailureKind, Json
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl, UsageRules
from harness.providers.format.json_payload import get_path


def counts_from_timings(usage: Mapping[str, Json]) -> Mapping[str, Json]:
    """A usage without counts is filled in from `timings`: the prompt is cache_n + prompt_n, the answer predicted_n."""
    read, cached, made = (get_path(usage, f"timings.{name}") for name in ("prompt_n", "cache_n", "predicted_n"))
    if usage.get("prompt_tokens") is not None or not isinstance(read, int) or not isinstance(cached, int):
        return usage
    return {"prompt_tokens": read + cached, "completion_tokens": made, **usage}


def contradicting_timings(usage: Mapping[str, Json]) -> tuple[str, ...]:
    """Counts of `timings` that contradict the usage: dollars are then an upper bound."""
    read, cached, made = (get_path(usage, f"timings.{name}") for name in ("prompt_n", "cache_n", "predicted_n"))
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    found = []
    if isinstance(read, int) and isinstance(cached, int) and isinstance(prompt, int) and read + cached != prompt:
        found.append(f"the timings count {read + cached} prompt tokens, the usage {prompt}")
    if isinstance(made, int) and isinstance(completion, int) and made != completion:
        found.append(f"the timings count {made} tokens made, the usage {completion}")
    return tuple(found)


DIALECT = replace(
    OPENAI,
    name="llamacpp",
    title="llama.cpp server",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(
        efforts={Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"},
        effort_at="chat_template_kwargs.reasoning_effort",
        on={"chat_template_kwargs": {"enable_thinking": True}},
        off={"chat_template_kwargs": {"enable_thinking": False}},
    ),
    service_tier_field=None,
    usage=replace(
        UsageRules(),
        cached=(*UsageRules().cached, "timings.cache_n"),
        extra_usage_keys=("timings",),
        reshape=counts_from_timings,
        check=contradicting_timings,
    ),
    codes={"unavailable_error": FailureKind.OVERLOADED},
    notes=(
        "`timings.prompt_n` counts only the tokens processed for this request: the prompt is cache_n + prompt_n.",
        "A 503 while the model loads is retried.",
    ),
)
