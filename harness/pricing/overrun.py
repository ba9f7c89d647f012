"""Why an attempt was billed above the most that it could cost (pricing.worst_case), in words."""

from __future__ import annotations

from harness.core.types import Attempt
from harness.pricing.worst_case import TEMPLATE_TOKENS


def overrun_cause(attempt: Attempt, *, prompt_bytes: int, max_tokens: int | None, instead: str | None) -> str:
    """The likeliest cause. `max_tokens`: the output limit that was sent; `instead`: another model that answered."""
    if instead is not None:
        return f"{instead} answered, at its own price"
    usage = attempt.usage
    prompt = None if usage is None else usage.prompt_tokens
    completion = None if usage is None else usage.completion_tokens
    if completion is not None and max_tokens is not None and completion > max_tokens:
        return f"the server billed {completion:,} output tokens, above the limit of {max_tokens:,} that was asked for"
    if prompt is not None and prompt > prompt_bytes + TEMPLATE_TOKENS:
        return (
            f"the server billed {prompt:,} prompt tokens for a prompt of {prompt_bytes:,} bytes, "
            f"more than a token for each byte and {TEMPLATE_TOKENS:,} for its own text"
        )
    return "rates or fees above those of the price row"
