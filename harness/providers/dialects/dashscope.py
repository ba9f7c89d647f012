"""Alibaba Cloud Model Studio (DashScope), OpenAI-compatible mode.

Sources: pages "Deep thinking", "Context cache" and "Error messages"; recorded replies; state of 2026-11.
"""

from __future__ import annotations

from dataclasses import replace

from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="dashscope",
    title="Alibaba DashScope",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    ranges={"temperature": (0.0, 1.99), "top_p": (0.01, 1.0)},
    thinking=ThinkingControl(on={"enable_thinking": True}, off={"enable_thinking": False}, budget_at="thinking_budget"),
    token_limit_includes_reasoning=False,
    requires_stream_with_reasoning=True,
    service_tier_field=None,
    codes={
        "arrearage": FailureKind.PAYMENT_REQUIRED,
        "allocationquota.freetieronly": FailureKind.QUOTA_EXHAUSTED,
        "limit_requests": FailureKind.RATE_LIMITED,
        "limit_burst_rate": FailureKind.RATE_LIMITED,
        "throttling": FailureKind.RATE_LIMITED,
        "throttling.ratequota": FailureKind.RATE_LIMITED,
        "throttling.burstrate": FailureKind.RATE_LIMITED,
        "throttling.allocationquota": FailureKind.RATE_LIMITED,
        "data_inspection_failed": FailureKind.CONTENT_FILTERED,
        "datainspectionfailed": FailureKind.CONTENT_FILTERED,
        "invalidapikey": FailureKind.UNAUTHORIZED,
        "modelnotfound": FailureKind.NOT_FOUND,
        "requesttimeout": FailureKind.SERVER_ERROR,
        "internalerror": FailureKind.SERVER_ERROR,
    },
    notes=(
        "max_tokens limits the answer only; reasoning is added, up to thinking_budget or the model's maximum.",
        "Reasoning is refused without streaming, so such requests are streamed.",
        "text_tokens in the details repeats the whole count: it is neither the visible nor the uncached part.",
        "Cache writes are reported twice: as one count and by lifetime.",
    ),
)
