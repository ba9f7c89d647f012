"""xAI's Responses API: OpenAI's format, reasoning inside the output count, the charge in ticks."""

from __future__ import annotations

from dataclasses import replace

from harness.providers.dialects.openai_responses import DIALECT as OPENAI_RESPONSES
from harness.providers.dialects.xai import DIALECT as XAI
from harness.providers.dialects.xai import ticks_charge

DIALECT = replace(
    OPENAI_RESPONSES,
    name="xai_responses",
    title="xAI, Responses",
    unsupported_with_reasoning=frozenset(),
    service_tier_field=None,
    charge=ticks_charge,
    codes=XAI.codes,
    notes=("Unlike in chat completions, the output tokens include reasoning.",),
)
