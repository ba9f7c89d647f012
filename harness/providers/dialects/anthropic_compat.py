"""Anthropic's OpenAI-compatible layer. Source: page "OpenAI SDK compatibility"; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="anthropic_compat",
    title="Anthropic, OpenAI-compatible layer",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_params=frozenset({"seed"}),
    unsupported_with_reasoning=frozenset({"temperature", "top_p"}),
    mutually_exclusive_params={"top_p": "temperature"},
    ranges={"temperature": (0.0, 1.0)},
    thinking=ThinkingControl(
        on={"thinking": {"type": "enabled"}}, off={}, budget_at="thinking.budget_tokens", budget_is_required=True
    ),
    service_tier_field=None,
    notes=(
        "For testing only, says its own page. Reasoning is billed within the completion tokens and never shown.",
        "seed, reasoning_effort and service_tier are silently ignored, so they are not sent.",
    ),
)
