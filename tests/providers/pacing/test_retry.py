"""Which failures are tried again, how often and after how long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Attempt, Completion, Failure, FailureKind, FinishReason, Timing, Usage
from harness.providers.pacing.retry import MAX_ENDPOINT_RETRIES, MAX_REFUSALS, MAX_STALE, RetryRule, with_retries
from tests.cases import all_cases

K = FailureKind
TIMING = Timing(started_at=datetime(2026, 11, 21, tzinfo=UTC), waited_s=0, total_s=1)
ANSWER = Completion(text="42", reasoning="", finish_reason=FinishReason.STOP, timing=TIMING)


def failure(
    kind: FailureKind,
    *,
    retry_after_s: float | None = None,
    partial: str = "",
    status: int | None = None,
    stream: bool = True,
    tokens: int | None = None,
    permanent: bool = False,
) -> Failure:
    return Failure(
        kind=kind,
        message="",
        is_retryable=not permanent,
        timing=TIMING,
        retry_after_s=retry_after_s,
        partial_text=partial,
        http_status=status,
        effective={"stream": stream},
        usage=None if tokens is None else Usage(completion_tokens=tokens),
    )


def made(
    script: Sequence[Attempt], max_attempts: int = 4, paid_retries: int = 1, *, endpoint_answers: bool = False
) -> tuple[int, list[float]]:
    """How many attempts are made of a script whose last entry goes on for ever, and the waits between."""
    rule = RetryRule(max_attempts=max_attempts, seed=7, paid_retries=paid_retries)
    waits: list[float] = []
    numbers: list[int] = []

    async def once(number: int) -> Attempt:
        numbers.append(number)
        attempt = script[min(number, len(script) - 1)]
        rule.decide(attempt, endpoint_answers=endpoint_answers)
        return attempt

    async def note(seconds: float) -> None:
        waits.append(seconds)

    asyncio.run(with_retries(once, rule, note))
    assert numbers == list(range(len(numbers)))
    return len(numbers), waits


LIMITED, CUT, LOST = failure(K.RATE_LIMITED), failure(K.STREAM_TRUNCATED, partial="4"), failure(K.CONNECTION_LOST)
STALE = failure(K.STALE_CONNECTION)


@all_cases(
    ("script", "attempts"),
    [
        ([ANSWER], 1),
        ([LIMITED, ANSWER], 2),
        ([LIMITED], 4),
        ([failure(K.UNAUTHORIZED, permanent=True)], 1),
        ([LIMITED, failure(K.PAYMENT_REQUIRED, permanent=True)], 2),
        # breaks that are probably charged: one more attempt, in all
        ([CUT], 2),
        ([CUT, LIMITED, ANSWER], 3),
        ([CUT, LIMITED, CUT], 3),
        ([failure(K.EMPTY_RESPONSE), failure(K.READ_TIMEOUT)], 2),
        ([failure(K.SERVER_ERROR, partial="4")], 2),
        ([failure(K.INTERRUPTED, tokens=3)], 2),
        ([failure(K.INTERRUPTED, tokens=0)], 4),
        # before the headers of a stream nothing has been generated; of a whole answer, perhaps all
        ([LOST], 4),
        ([failure(K.CONNECTION_LOST, status=200)], 2),
        ([failure(K.CONNECTION_LOST, stream=False)], 2),
        # stale connections never reached the provider and are no attempts
        ([STALE, STALE, STALE, STALE, STALE, ANSWER], 6),
        ([STALE, LIMITED, STALE, LIMITED, STALE, LIMITED, LIMITED], 7),
        ([STALE], MAX_STALE + 1),
        ([failure(K.RATE_LIMITED, retry_after_s=299)], 4),
        ([failure(K.RATE_LIMITED, retry_after_s=301)], 1),
        ([failure(K.QUOTA_EXHAUSTED, permanent=True, retry_after_s=100)], 4),
    ],
)
def test_number_of_attempts(script: list[Attempt], attempts: int) -> None:
    assert made(script)[0] == attempts


@all_cases(
    ("script", "attempts"),
    [
        ([LIMITED], MAX_REFUSALS + 1),
        ([LIMITED] * 20 + [ANSWER], 21),
        ([failure(K.OVERLOADED)], 4),  # not the caller's rate alone
        ([failure(K.UNAUTHORIZED, permanent=True)], MAX_ENDPOINT_RETRIES + 1),
        ([failure(K.UNAUTHORIZED, permanent=True), ANSWER], 2),
        ([failure(K.BAD_REQUEST, permanent=True)], 1),
    ],
)
def test_what_the_endpoint_causes_is_not_counted_while_it_answers_others(script: list[Attempt], attempts: int) -> None:
    assert made(script, endpoint_answers=True)[0] == attempts


def test_failures_of_earlier_sessions_limit_only_what_is_paid_again() -> None:
    rule = RetryRule(max_attempts=3, seed=1)
    for earlier in (LIMITED, LIMITED, LIMITED, CUT):
        rule.restore(earlier)
    assert rule.decide(LIMITED)
    assert not rule.decide(CUT)


def test_charged_breaks_may_be_tried_more_often_if_wished() -> None:
    assert made([CUT], max_attempts=9, paid_retries=3)[0] == 4
    assert made([CUT], paid_retries=0)[0] == 1


def test_stale_connection_is_replaced_without_a_wait() -> None:
    assert made([STALE, STALE, ANSWER])[1] == [0.0, 0.0]


def test_wait_of_the_provider_goes_first_with_a_little_jitter() -> None:
    _, waits = made([failure(K.RATE_LIMITED, retry_after_s=10)])
    assert len(waits) == len(set(waits)) == 3
    assert all(10 <= wait <= 10.5 for wait in waits)


@given(st.integers(0, 2**32))
def test_own_wait_doubles_from_half_a_second_to_a_minute(seed: int) -> None:
    rule = RetryRule(max_attempts=99, seed=seed)
    for number in range(12):
        rule.decide(LIMITED)
        ceiling = min(60.0, 0.5 * 2**number)  # 0.5, 1, 2, 4, 8, 16, 32, 60, 60 ...
        assert ceiling / 2 <= rule.wait_s(LIMITED) <= ceiling


def test_waits_are_kept_under_their_reason() -> None:
    rule = RetryRule(max_attempts=9, seed=1)
    assert rule.waits == {}
    for attempt, reason in [
        (LIMITED, "back_off"),
        (failure(K.OVERLOADED, retry_after_s=2), "retry_after"),
    ]:
        rule.decide(attempt)
        assert rule.wait_s(attempt) == rule.waits[reason]
        assert list(rule.waits) == [reason]
    rule.decide(STALE)
    rule.wait_s(STALE)
    assert rule.waits == {}
