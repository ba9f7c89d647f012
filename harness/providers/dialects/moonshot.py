"""Moonshot (Kimi). Sources: pages "Chat completion", "Rate limits" and "Error codes"; state of 2026-11."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ErrorFields, ThinkingControl
from harness.providers.format.wire_types import ProviderError
from harness.providers.parsing.errors import retryable

_CAP = re.compile(r"max (RPM|TPM|TPD|RPD)\D{0,3}(\d+)?", re.IGNORECASE)
_WAIT = re.compile(r"after (\d+) seconds?")


def classify_quota_error(facts: ErrorFields) -> ProviderError | None:
    """A 429 that names a limit per day is `quota_exhausted`; for one per minute the wait is at least its spacing.

    The text says `after 1 seconds` even to an account of 3 requests per minute, where a slot opens every 20 s.
    """
    found = _CAP.search(facts.message)
    if found is None:
        return None
    cap, size = found[1].upper(), int(found[2] or 0)
    if cap in ("TPD", "RPD"):
        return retryable(FailureKind.QUOTA_EXHAUSTED, facts.message)
    stated = _WAIT.search(facts.message)
    wait = float(stated[1]) if stated else 1.0
    spacing = 60.0 / size if cap == "RPM" and size else 0.0
    return retryable(FailureKind.RATE_LIMITED, facts.message, retry_after=max(wait, spacing))


DIALECT = replace(
    OPENAI,
    name="moonshot",
    title="Moonshot (Kimi)",
    unsupported_params=frozenset({"seed"}),
    ranges={"temperature": (0.0, 1.0)},
    thinking=ThinkingControl(on={"thinking": {"type": "enabled"}}, off={"thinking": {"type": "disabled"}}),
    service_tier_field=None,
    codes={
        "exceeded_current_quota_error": FailureKind.PAYMENT_REQUIRED,
        "rate_limit_reached_error": FailureKind.RATE_LIMITED,
        "engine_overloaded_error": FailureKind.OVERLOADED,
        "incorrect_api_key_error": FailureKind.UNAUTHORIZED,
        "invalid_authentication_error": FailureKind.UNAUTHORIZED,
        "resource_not_found_error": FailureKind.NOT_FOUND,
    },
    classify_error=classify_quota_error,
    notes=(
        "Usage of a stream is in choices[0].usage; cached tokens are at its top level and again in the details.",
        "A reasoning model accepts only temperature 1 and its default top_p: neither is sent.",
        "A 429 is a rate limit, an overload, or an exhausted balance, which is permanent.",
    ),
)
