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
        "While it thinks, temperature and top_p are ignored in silence, so they are not sent.",
        "Every error has the code invalid_request_error: the status and the words decide.",
        "A waiting body begins with empty lines. hit + miss is the prompt; the details repeat the hit.",
    ),
)
