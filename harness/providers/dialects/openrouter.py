"""OpenRouter. Sources: pages "Reasoning tokens", "Usage accounting", "Errors" and "Limits"; state of 2026-11."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from harness.core.types import Json
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.dialects.openai import EFFORT_WORDS
from harness.providers.format.dialect_spec import ThinkingControl, UsageRules
from harness.providers.format.json_payload import get_path
from harness.providers.format.request import marked_text
from harness.providers.parsing.base import parse_usd
from harness.providers.parsing.counts import is_true


def credits_charged(usage: Mapping[str, Json]) -> Decimal | None:
    """`usage.cost` in dollars; with one's own key for the host (BYOK) the host's charge is added to the fee."""
    charged = parse_usd(usage.get("cost"))
    upstream = parse_usd(get_path(usage, "cost_details.upstream_inference_cost"))
    if not is_true(usage.get("is_byok")):
        return charged
    return None if upstream is None else (charged or Decimal(0)) + upstream


MARKED_MODELS = "anthropic/"
"""Models behind the gateway that cache nothing without a mark (page "Prompt caching"); others do so unasked."""


def mark_cached(body: dict[str, Json], shared_chars: int, model: str) -> dict[str, Json]:
    """The body with cache marks behind the system text and the first so many characters of the prompt."""
    messages = body["messages"]
    if not model.startswith(MARKED_MODELS) or not isinstance(messages, list):
        return body
    prompt = next(place for place, message in enumerate(messages) if message["role"] == "user")
    chars = {place: len(message["content"]) for place, message in enumerate(messages[:prompt])} | {prompt: shared_chars}
    marked = [
        {**message, "content": marked_text(message["content"], chars[place])} if chars.get(place) else message
        for place, message in enumerate(messages)
    ]
    return {**body, "messages": marked}


DIALECT = replace(
    OPENAI,
    name="openrouter",
    ask_for_cache=mark_cached,
    title="OpenRouter",
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(
        efforts=EFFORT_WORDS,
        effort_at="reasoning.effort",
        on={"reasoning": {"enabled": True}},
        off={"reasoning": {"enabled": False}},
    ),
    service_tier_field=None,
    reasoning_fields=("reasoning", "reasoning_content"),
    usage=replace(UsageRules(), cache_counts_may_overlap=True, reasoning_accounting_is_hint=True),
    charge=credits_charged,
    notes=(
        "Name the host in the endpoint's extra_body (`provider: {order: [...], allow_fallbacks: false}`).",
        "Settings that the host does not know are silently dropped unless `provider.require_parameters` is set.",
        "The usage chunk follows the finish chunk and has choices; its null finish reason is ignored.",
        "Anthropic's models cache nothing by default: a warm run (`--cache warm`) sends `cache_control` marks.",
        "The reasoning count can be 0 or exceed the completion count.",
    ),
)
