"""Z.ai (Zhipu). Sources: pages "Chat completion", "Deep thinking" and "Errors"; recorded replies; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="zai",
    title="Z.ai (Zhipu)",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_params=frozenset({"seed"}),
    unsupported_with_reasoning=frozenset(),
    ranges={"temperature": (0.0, 1.0), "top_p": (0.01, 1.0)},
    thinking=ThinkingControl(on={"thinking": {"type": "enabled"}}, off={"thinking": {"type": "disabled"}}),
    service_tier_field=None,
    codes={
        "1000": FailureKind.UNAUTHORIZED,
        "1001": FailureKind.UNAUTHORIZED,
        "1002": FailureKind.UNAUTHORIZED,
        "1003": FailureKind.UNAUTHORIZED,
        "1004": FailureKind.UNAUTHORIZED,
        "1113": FailureKind.PAYMENT_REQUIRED,
        "1210": FailureKind.BAD_REQUEST,
        "1211": FailureKind.NOT_FOUND,
        "1212": FailureKind.BAD_REQUEST,
        "1213": FailureKind.BAD_REQUEST,
        "1214": FailureKind.BAD_REQUEST,
        "1215": FailureKind.BAD_REQUEST,
        "1234": FailureKind.SERVER_ERROR,
        "1261": FailureKind.CONTEXT_LENGTH_EXCEEDED,
        "1301": FailureKind.CONTENT_FILTERED,
        "1302": FailureKind.RATE_LIMITED,
        "1303": FailureKind.RATE_LIMITED,
        "1305": FailureKind.RATE_LIMITED,
        "1308": FailureKind.QUOTA_EXHAUSTED,
        "1309": FailureKind.QUOTA_EXHAUSTED,
        "1310": FailureKind.QUOTA_EXHAUSTED,
        "1312": FailureKind.RATE_LIMITED,
        "network_error": FailureKind.SERVER_ERROR,
    },
    notes=(
        "Error codes are strings; 1113 (no balance) and 1308 to 1310 (plan used up until a date) come as 429.",
        "A prompt that is too long is sometimes accepted without an error.",
    ),
)
