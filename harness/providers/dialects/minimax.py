"""MiniMax. Sources: its chat completion reference and page "Error codes"; recorded replies; state of 2026-11."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.format.dialect_spec import ErrorFields, ThinkingControl
from harness.providers.format.wire_types import ProviderError
from harness.providers.parsing.errors import retryable

CODES = {
    "1000": FailureKind.SERVER_ERROR,
    "1001": FailureKind.SERVER_ERROR,
    "1002": FailureKind.RATE_LIMITED,
    "1004": FailureKind.UNAUTHORIZED,
    "1008": FailureKind.PAYMENT_REQUIRED,
    "1013": FailureKind.SERVER_ERROR,
    "1024": FailureKind.SERVER_ERROR,
    "1026": FailureKind.CONTENT_FILTERED,
    "1027": FailureKind.CONTENT_FILTERED,
    "1033": FailureKind.SERVER_ERROR,
    "1039": FailureKind.RATE_LIMITED,
    "1041": FailureKind.RATE_LIMITED,
    "2013": FailureKind.BAD_REQUEST,
    "2045": FailureKind.RATE_LIMITED,
    "2049": FailureKind.UNAUTHORIZED,
    "2056": FailureKind.QUOTA_EXHAUSTED,
    "2064": FailureKind.OVERLOADED,
    "insufficient_balance_error": FailureKind.PAYMENT_REQUIRED,
    "authorized_error": FailureKind.UNAUTHORIZED,
}
_CODE_IN_TEXT = re.compile(r"\((\d{4})\)")


def classify_code_in_text(facts: ErrorFields) -> ProviderError | None:
    """Newer routes put the old code in parentheses after the message, whatever the HTTP status: `... (1008)`."""
    found = _CODE_IN_TEXT.search(facts.message)
    kind = CODES.get(found[1]) if found else None
    return None if kind is None else retryable(kind, facts.message)


DIALECT = replace(
    OPENAI,
    name="minimax",
    title="MiniMax",
    fixed_body={"reasoning_split": True},
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    unsupported_params=frozenset({"seed"}),
    unsupported_with_reasoning=frozenset(),
    ranges={"temperature": (0.01, 1.0)},
    thinking=ThinkingControl(),
    service_tier_field=None,
    cumulative_deltas=True,
    flags_input=("input_sensitive",),
    flags_output=("output_sensitive",),
    codes=CODES,
    classify_error=classify_code_in_text,
    notes=(
        "Temperature 0 is refused: 0.01 is sent instead.",
        "Errors also come with HTTP 200: only base_resp.status_code shows them.",
        "Older streams have a usage of zeros in each chunk and end with a whole message that repeats the text.",
        "With reasoning_split the reasoning text comes twice, in reasoning_content and reasoning_details.",
    ),
)
