"""Google Gemini, OpenAI-compatible layer.

Sources: page "OpenAI compatibility" and the google.rpc error model; recorded replies; state of 2026-11. Thinking tokens
show only in the total.
"""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.core.types import FailureKind, FinishReason
from harness.providers.dialects.openai import CHAT_FINISH_REASONS
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ReasoningAccounting, ThinkingControl, UsageRules

DIALECT = replace(
    OPENAI,
    name="gemini_compat",
    title="Google Gemini, OpenAI-compatible layer",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(
        efforts={Effort.MINIMAL: "low", Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"},
        off={"reasoning_effort": "none"},
    ),
    think_tags=("thought", "think"),
    finish_reasons=CHAT_FINISH_REASONS
    | {
        "recitation": FinishReason.REFUSED,
        "blocklist": FinishReason.REFUSED,
        "prohibited_content": FinishReason.REFUSED,
        "spii": FinishReason.REFUSED,
    },
    usage=replace(UsageRules(), reasoning_accounting=ReasoningAccounting.TOTAL_ONLY, cache_counts_may_overlap=True),
    codes={
        "unavailable": FailureKind.OVERLOADED,
        "resource_exhausted": FailureKind.RATE_LIMITED,
        "deadline_exceeded": FailureKind.SERVER_ERROR,
        "internal": FailureKind.SERVER_ERROR,
        "unauthenticated": FailureKind.UNAUTHORIZED,
        "permission_denied": FailureKind.UNAUTHORIZED,
        "not_found": FailureKind.NOT_FOUND,
    },
    messages=((r"prepa(y|id)\w* credits|enable billing|billing account", FailureKind.PAYMENT_REQUIRED),),
    notes=(
        "Without a total the reasoning tokens, and so the cost, are unknown.",
        "Reasoning tokens count towards the token limit.",
        "Errors are JSON arrays; the wait is in details[].retryDelay. A bad key is answered with 400.",
        "RESOURCE_EXHAUSTED names the quota: one per day is exhausted, one of zero was never granted, others refill.",
        "With include_thoughts the reasoning text is in <thought> tags inside the content.",
    ),
)
