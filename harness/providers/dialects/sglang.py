"""SGLang's server. Source: its documentation "OpenAI-compatible APIs"; recorded replies; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.providers.dialects.vllm import DIALECT as VLLM

DIALECT = replace(
    VLLM,
    name="sglang",
    title="SGLang",
    notes=(
        "reasoning_tokens is at the top level of the usage and included in the completion tokens.",
        "Cached tokens are reported only with --enable-cache-report.",
    ),
)
