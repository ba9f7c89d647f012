"""Together. Sources: its documentation; a recorded reply; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ThinkingControl

DIALECT = replace(
    OPENAI,
    name="together",
    title="Together",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(efforts={Effort.LOW: "low", Effort.MEDIUM: "medium", Effort.HIGH: "high"}),
    service_tier_field=None,
    notes=(
        "DeepSeek R1 reasons in <think> tags inside the content; no reasoning count is reported.",
        "`retry-after: 30` also comes with a 200 and is ignored there.",
    ),
)
