"""Values that the tests of prices build on: plain rows, attempts, instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from harness.core.clock import utc
from harness.core.prices import ExchangeRate, Price, Rates, Tier, Window
from harness.core.types import Completion, Failure, FailureKind, FinishReason, Timing, Usage

NOON = utc("2025-11-15T12:00Z")


def rates(
    prompt: str,
    completion: str,
    *,
    cached: str | None = None,
    write: str | None = None,
    write_1h: str | None = None,
    thinking: str | None = None,
) -> Rates:
    """Rates from decimal texts."""
    return Rates(
        prompt=Decimal(prompt),
        completion=Decimal(completion),
        cached=None if cached is None else Decimal(cached),
        cache_write=None if write is None else Decimal(write),
        cache_write_1h=None if write_1h is None else Decimal(write_1h),
        thinking_completion=None if thinking is None else Decimal(thinking),
    )


def row(
    plain: Rates,
    *,
    model: str = "thing",
    start: str = "2025-01-01",
    end: str | None = None,
    tiers: tuple[Tier, ...] = (),
    windows: tuple[Window, ...] = (),
    service_tiers: Mapping[str, Rates] | None = None,
    fee_share: str = "0",
    currency: str = "USD",
    per_usd: str | None = None,
) -> Price:
    """A row of acme/<model>."""
    exchange = (
        None
        if per_usd is None
        else ExchangeRate(currency=currency, per_usd=Decimal(per_usd), on=date(2025, 11, 1), source="a test")
    )
    return Price(
        id=f"acme/{model}@{start}",
        provider="acme",
        model=model,
        currency=currency,
        rates=plain,
        effective_from=utc(start),
        effective_to=None if end is None else utc(end),
        sources=("a test",),
        read_on=date(2025, 11, 1),
        confidence="high",
        tiers=tiers,
        windows=windows,
        service_tiers=service_tiers or {},
        fee_share=Decimal(fee_share),
        exchange=exchange,
    )


def timing(started_at: datetime = NOON, *, total_s: float = 1.0) -> Timing:
    """A timing with the fields a bill looks at."""
    return Timing(started_at=started_at.astimezone(UTC), waited_s=0.0, total_s=total_s)


def answer(
    usage: Usage | None, *, at: datetime = NOON, reasoning: str = "", service_tier: str | None = None
) -> Completion:
    """A completion with that usage."""
    return Completion(
        text="42",
        reasoning=reasoning,
        finish_reason=FinishReason.STOP,
        native_finish_reason="stop",
        timing=timing(at),
        usage=usage,
        service_tier=service_tier,
    )


def failure(
    kind: FailureKind,
    *,
    status: int | None = None,
    was_sent: bool = True,
    partial_text: str = "",
    usage: Usage | None = None,
    total_s: float = 1.0,
    at: datetime = NOON,
) -> Failure:
    """A failure with the fields a bill looks at."""
    return Failure(
        kind=kind,
        message="a test",
        is_retryable=False,
        timing=timing(at, total_s=total_s),
        http_status=status,
        was_sent=was_sent,
        partial_text=partial_text,
        usage=usage,
    )
