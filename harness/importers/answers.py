"""An answer out of the plain fields that logs of other tools have in common: text, usage, error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.core.types import Completion, Failure, FailureKind, FinishReason, Json, Usage
from harness.importers.fields import count_of, timing_at


def completion_of(
    text: str,
    *,
    at: datetime | None = None,
    total_s: float | None = None,
    usage: Usage | None = None,
    raw_usage: Json = None,
    usd: Decimal | None = None,
    finish: FinishReason = FinishReason.NOT_GIVEN,
) -> Completion:
    """A completion of which nothing else is known."""
    return Completion(
        text=text,
        reasoning="",
        finish_reason=finish,
        timing=timing_at(at, total_s),
        usage=usage,
        raw_usage=raw_usage,
        reported_cost_usd=usd,
    )


def failure_of(message: str, *, at: datetime | None = None) -> Failure:
    """A request that the source says ended in an error: no answer, so no wrong one. The cause is not told apart."""
    return Failure(kind=FailureKind.SERVER_ERROR, message=message, is_retryable=False, timing=timing_at(at))


def usage_of_counts(raw: object, where: str) -> Usage | None:
    """The usage of logs that count `input_tokens`, `output_tokens`, `input_tokens_cache_read` and `_write`.

    `input_tokens` leaves cached tokens out where `total_tokens` counts them beside it, as with Anthropic's models.
    """
    if not isinstance(raw, Mapping):
        return None
    counts = {name: count_of(raw.get(f"{name}_tokens"), where) for name in ("input", "output", "total", "reasoning")}
    cached, written = (count_of(raw.get(f"input_tokens_cache_{what}"), where) for what in ("read", "write"))
    prompt, beside = counts["input"], (cached or 0) + (written or 0)
    if prompt is not None and beside and counts["total"] == prompt + (counts["output"] or 0) + beside:
        prompt += beside
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=counts["output"],
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=counts["reasoning"],
    )


def text_of(value: Any) -> str:
    """A text, or the texts of messages or content parts one under the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, map(text_of, value)))
    if isinstance(value, dict):
        return text_of(value.get("text") or value.get("content"))
    return ""
