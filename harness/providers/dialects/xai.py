"""xAI, chat completions. Source: xAI's API reference and "Rate limits" page; recorded replies; state of 2026-11.

Completion tokens exclude reasoning tokens: both are billed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from harness.core.types import FailureKind, Json
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.dialects.openai import EFFORT_WORDS
from harness.providers.format.dialect_spec import ReasoningAccounting, ThinkingControl, UsageRules
from harness.providers.parsing.base import parse_usd
from harness.providers.parsing.counts import whole

USD_PER_TICK = Decimal("1e-10")


def ticks_charge(usage: Mapping[str, Json]) -> Decimal | None:
    """Dollars are reported as `cost_in_usd_ticks`; a tick is 1e-10 dollars (recorded replies agree with the prices)."""
    ticks = whole(usage.get("cost_in_usd_ticks"))
    amount = None if ticks is None else parse_usd(ticks * USD_PER_TICK)
    return None if amount is None else amount.normalize()


DIALECT = replace(
    OPENAI,
    name="xai",
    title="xAI",
    unsupported_with_reasoning=frozenset(),
    thinking=ThinkingControl(efforts=EFFORT_WORDS, off={"reasoning_effort": "none"}, off_needs="effort_none"),
    service_tier_field=None,
    placeholders=("Thinking... ", "Thinking..."),
    usage=replace(UsageRules(), reasoning_accounting=ReasoningAccounting.EXCLUDED),
    charge=ticks_charge,
    codes={"resource-exhausted": FailureKind.RATE_LIMITED},
    notes=(
        "A bad key is answered with 400.",
        "Grok 4 refuses an effort (trait no_effort) and may send only the placeholder `Thinking... `.",
    ),
)
