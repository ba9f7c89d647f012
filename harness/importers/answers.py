"""An answer out of the plain fields that logs of other tools have in common."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from harness.core.types import Completion, FinishReason, Json, Usage
from harness.importers.fields import timing_at


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
