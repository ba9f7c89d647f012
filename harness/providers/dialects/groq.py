"""Groq. Sources: its documentation; recorded replies; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="groq",
    title="Groq",
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(
        efforts={Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"},
        on={"reasoning_effort": "default"},
        off={"reasoning_effort": "none"},
    ),
    reasoning_fields=("reasoning", "reasoning_content"),
    codes={"tool_use_failed": FailureKind.INTERRUPTED, "json_validate_failed": FailureKind.INTERRUPTED},
    notes=(
        "gpt-oss accepts low, medium, high (trait no_thinking_switch); Qwen 3 only default and none (trait no_effort).",
        "Usage is reported twice, in usage and x_groq.usage; it counts once.",
        "A stream can fail after HTTP 200 with `event: error` and without usage, although tokens were generated.",
        "A 413 has the code of a rate limit, but means that a single request exceeds it: permanent.",
    ),
)
