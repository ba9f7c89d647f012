"""Google Gemini, OpenAI-compatible layer.

Sources: page "OpenAI compatibility" and the google.rpc error model; recorded replies; state of 2026-11. Thinking tokens
show only in the total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from harness.core.labels import Effort
from harness.core.types import FailureKind, FinishReason, Json
from harness.providers.dialects.openai import CHAT_FINISH_REASONS
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ErrorFields, ReasoningAccounting, ThinkingControl, UsageRules
from harness.providers.format.json_payload import get_path
from harness.providers.format.wire_types import ProviderError
from harness.providers.parsing.errors import retryable


def classify_quota_error(facts: ErrorFields) -> ProviderError | None:
    """RESOURCE_EXHAUSTED names the quota: one per day is used up, one of zero was never there, others refill."""
    if "resource_exhausted" not in facts.codes:
        return None
    quotas = _violated_quotas(facts.details)
    is_used_up = any("perday" in quota.lower() for quota in quotas) or re.search(r"limit: 0\b", facts.message)
    return retryable(FailureKind.QUOTA_EXHAUSTED, facts.message) if is_used_up else None


def _violated_quotas(document: Json) -> list[str]:
    details = get_path(document, "error.details")
    violations: list[Json] = []
    for detail in details if isinstance(details, list) else ():
        listed = get_path(detail, "violations")
        violations += listed if isinstance(listed, list) else []
    return [str(get_path(violation, "quotaId")) for violation in violations if isinstance(violation, Mapping)]


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
    classify_error=classify_quota_error,
    notes=(
        "Without a total the thinking, and so the cost, is unknown.",
        "The token limit counts the thinking too.",
        "Errors are JSON arrays; the wait is in details[].retryDelay. A bad key is answered with 400.",
        "With include_thoughts the thinking is in <thought> tags inside the content.",
    ),
)
