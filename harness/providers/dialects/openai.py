"""OpenAI's chat completions, which most other dialects vary.

Sources: OpenAI's API reference "Chat completions" and "Rate limits", and its Python package; state of 2026-11.
"""

from __future__ import annotations

from harness.core.labels import Effort
from harness.core.types import FinishReason
from harness.providers.format.dialect_spec import Dialect, ThinkingControl
from harness.providers.format.request import chat_messages
from harness.providers.parsing.chat_completions import chat_completion_parser

EFFORT_WORDS = {
    Effort.MINIMAL: "minimal",
    Effort.LOW: "low",
    Effort.MEDIUM: "medium",
    Effort.HIGH: "high",
}

CHAT_FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "completed": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "content_filter": FinishReason.REFUSED,
    "refusal": FinishReason.REFUSED,
    "sensitive": FinishReason.REFUSED,
    "safety": FinishReason.REFUSED,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
}

DIALECT = Dialect(
    name="openai",
    title="OpenAI, chat completions",
    prompt_body=chat_messages,
    token_limit_field="max_completion_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset({"temperature", "top_p"}),
    thinking=ThinkingControl(efforts=EFFORT_WORDS, off={"reasoning_effort": "none"}, off_needs="effort_none"),
    service_tier_field="service_tier",
    parser=chat_completion_parser,
    finish_reasons=CHAT_FINISH_REASONS,
    failing_finishes=frozenset({"error", "network_error", "insufficient_system_resource", "aborted"}),
    notes=(
        "The reasoning text is never shown, only its count.",
        "A 429 with `insufficient_quota` is permanent: the balance is exhausted.",
        "The tier that served a request may differ from the requested one.",
    ),
)
