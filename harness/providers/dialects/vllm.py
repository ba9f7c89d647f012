"""vLLM's server. Source: its documentation "OpenAI-compatible server"; recorded replies; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="vllm",
    title="vLLM",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(
        efforts={Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"},
        on={"chat_template_kwargs": {"enable_thinking": True}},
        off={"chat_template_kwargs": {"enable_thinking": False}},
    ),
    service_tier_field=None,
    notes=(
        "Details are null unless a server flag turns them on.",
        "With continuous_usage_stats each chunk counts all tokens so far.",
        "Without a reasoning parser the reasoning stays in the content, in tags; some templates open the tag themselves"
        " (trait starts_in_think).",
    ),
)
