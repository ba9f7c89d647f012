"""Cerebras. Sources: its documentation; a recorded reply; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="cerebras",
    title="Cerebras",
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(efforts={Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"}),
    reasoning_fields=("reasoning", "reasoning_content"),
    codes={"queue_exceeded": FailureKind.OVERLOADED, "wrong_api_key": FailureKind.UNAUTHORIZED},
    empty_body_errors={400: FailureKind.CONTEXT_LENGTH_EXCEEDED, 413: FailureKind.CONTEXT_LENGTH_EXCEEDED},
    notes=("A prompt that is too long is answered with 400 or 413 without a body.",),
)
