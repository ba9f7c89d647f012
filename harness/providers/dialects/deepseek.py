"""DeepSeek. Sources: pages "Create chat completion", "Rate limit" and "Error codes"; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="deepseek",
    title="DeepSeek",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_params=frozenset({"seed"}),
    thinking=ThinkingControl(
        efforts={Effort.LOW: "low", Effort.HIGH: "high"},
        on={"thinking": {"type": "enabled"}},
        off={"thinking": {"type": "disabled"}},
    ),
    service_tier_field=None,
    notes=(
        "A model that reasons silently ignores temperature and top_p, so they are not sent.",
        "Every error has the code invalid_request_error: the status and the message decide.",
        "While a request waits, empty lines are sent.",
        "Cache hit + miss is the prompt; the details repeat the hit.",
    ),
)
