"""What the live display says, as text: figures first, what is waited for, dollars with an unknown part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from harness.cli.session.progress_text import plain_line, status_text, table_lines
from harness.core.clock import Clock
from harness.core.prices import CostUnknown
from harness.core.types import EndpointLimits, Failure, FailureKind, Timing, Verdict
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.run.execution.progress import JobWait, ModelProgress, Progress
from tests.cases import all_cases

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
CLOCK = Clock(now=lambda: NOON, monotonic=lambda: 100.0)
LONG = "a-provider-with-a-name/a-model-with-a-very-long-name-of-its-own@high"


def model(label: str = "acme/one", **fields: object) -> ModelProgress:
    made = ModelProgress(label=label, simulated=False, total=1234, done=617, **fields)  # type: ignore[arg-type]
    made.verdicts.update({Verdict.CORRECT: 75, Verdict.WRONG: 25})
    return made


def progress(*models: ModelProgress, budget: str | None = None) -> Progress:
    return Progress(
        models={one.label: one for one in models}, started=0.0, budget_usd=None if budget is None else Decimal(budget)
    )


def failure(kind: FailureKind, *, wait_s: float | None = None) -> Failure:
    timing = Timing(started_at=NOON, waited_s=0, total_s=0)
    return Failure(kind=kind, message="slow down", is_retryable=True, timing=timing, retry_after_s=wait_s)


@all_cases("width", [50, 60, 80, 100, 200])
def test_figures_are_whole_at_every_width_and_no_line_is_longer(width: int) -> None:
    shown = progress(model(LONG, known_usd=Decimal("12.34")), model("acme/two"), budget="50")
    shown.models[LONG].note = "stopped: " + "a long reason " * 20
    lines = table_lines(shown, CLOCK, width)
    assert all(len(line) <= width for line in lines)
    two = next(line for line in lines if line.startswith("acme/two"))
    for figure in ("617/1,234", "75%", "0.00", "1 min 40 s"):  # 617 more at 617 in 100 s
        assert figure in two
    assert ("[66, 82]" in two) is (width >= 80)
    assert ("in flight" in lines[0]) is (width >= 120)


def test_known_dollars_stand_beside_the_unknown_ones() -> None:
    one = model(known_usd=Decimal("0.0161"))
    one.on_attempt(failure(FailureKind.SERVER_ERROR), CostUnknown(reason="no usage", known_usd=Decimal("0.0009")))
    lines = table_lines(progress(one, model("acme/two", known_usd=Decimal("1"))), CLOCK, 120)
    assert "0.017 + ?" in lines[1]
    assert lines[-1] == "$1.02 + ? spent, 1 min 40 s"
    assert one.usd is None


def test_errors_are_one_short_count() -> None:
    one = model()
    for kind in (FailureKind.SERVER_ERROR, FailureKind.OVERLOADED, FailureKind.DNS):
        one.on_attempt(failure(kind), CostUnknown(reason="?"))
    assert "errors 3" in plain_line(progress(one), one, CLOCK)


Change = Callable[[RateLimiter], None]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda limiter: limiter.breaker.pause(200.0, "rate_limited: slow down"),
            "paused until TIME(200) (3 min 20 s): rate_limited: slow down",
        ),
        (
            lambda limiter: limiter.breaker.on_failure(failure(FailureKind.UNAUTHORIZED), 100.0),
            "failing, tried once more until TIME(1) (1 s): unauthorized: slow down",
        ),
        (lambda limiter: limiter.pause_by_hand(is_paused=True), "paused by harness control"),
    ],
)
def test_wait_at_the_endpoint_is_said_with_its_end(change: Change, said: str) -> None:
    async def status() -> str:
        limiter = RateLimiter(EndpointLimits(), CLOCK)
        change(limiter)
        one = model()
        shown = replace(progress(one), rate_limiters={one.label: limiter})
        waiting = asyncio.create_task(_take(limiter))
        await asyncio.sleep(0)
        try:
            return status_text(shown, one, CLOCK)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    for seconds in (1, 200):
        at = (NOON + timedelta(seconds=seconds)).astimezone()
        said = said.replace(f"TIME({seconds})", f"{at:%H:%M:%S}")
    assert asyncio.run(status()) == said


async def _take(limiter: RateLimiter) -> None:
    async with limiter.acquire(0):
        pass


def test_wait_of_jobs_is_said_where_nothing_is_in_flight() -> None:
    one = model()
    one.on_wait("a", JobWait(reason="attempt 3 of 6", until_s=108.0))
    one.on_wait("b", JobWait(reason="attempt 2 of 6", until_s=104.0))
    at = (NOON + timedelta(seconds=4)).astimezone()
    assert (
        status_text(progress(one), one, CLOCK) == f"waits for attempt 2 of 6 until {at:%H:%M:%S} (4 s) (2 jobs waiting)"
    )
    one.on_wait("a", None)
    one.on_wait("b", None)
    assert status_text(progress(one), one, CLOCK) == ""


def test_line_for_logs_holds_the_same() -> None:
    one = model(known_usd=Decimal("2"), note="stopped: unauthorized: no key")
    said = "acme/one  done 617/1,234  accuracy 75% [66, 82]  $ 2.00  | stopped: unauthorized: no key"
    assert plain_line(progress(one), one, CLOCK).replace("  total tok/s 0", "") == said
