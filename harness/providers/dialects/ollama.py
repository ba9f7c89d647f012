"""Ollama. Source: its document "OpenAI compatibility" and its source (openai/openai.go); state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="ollama",
    title="Ollama",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(
        efforts={Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"}, off={"reasoning_effort": "none"}
    ),
    service_tier_field=None,
    reasoning_fields=("reasoning", "reasoning_content"),
    notes=(
        "max_completion_tokens is silently ignored, so max_tokens is sent.",
        "A prompt longer than the server's context is silently truncated: a small prompt_tokens is the only sign.",
        "With a JSON schema and a reasoning model, the counts are those of a second pass only.",
    ),
)
