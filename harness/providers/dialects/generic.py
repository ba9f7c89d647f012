"""Any compatible server not known by name: nothing special is sent, every known shape of a reply is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from harness.core.types import Json
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.dialects.openai import EFFORT_WORDS
from harness.providers.format.dialect_spec import ThinkingControl
from harness.providers.parsing.base import parse_usd


def usage_cost(usage: Mapping[str, Json]) -> Decimal | None:
    """Dollars are reported as `usage.cost`, by gateways that follow OpenRouter."""
    return parse_usd(usage.get("cost"))


DIALECT = replace(
    OPENAI,
    name="generic",
    title="any compatible server",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(efforts=EFFORT_WORDS, off={"reasoning_effort": "none"}, off_needs="effort_none"),
    think_tags=("think", "thinking", "thought"),
    charge=usage_cost,
    notes=("A LiteLLM proxy's `x-litellm-response-cost` header is read as the provider's own charge.",),
)
