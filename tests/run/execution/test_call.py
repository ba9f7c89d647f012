"""Which last failures end a job and which leave it open for --resume; whole calls are in test_engine."""

from __future__ import annotations

from harness.core.clock import Clock
from harness.core.types import Failure, FailureKind, Timing, Usage
from harness.providers.pacing.circuit_breaker import CircuitBreaker
from harness.run.execution.call import is_about_job
from tests.cases import all_cases
from tests.virtual_time import EPOCH

K = FailureKind
CLOCK = Clock(now=lambda: EPOCH, monotonic=lambda: 100.0)


def failure(
    kind: FailureKind,
    *,
    retryable: bool = True,
    sent: bool = True,
    wait_s: float | None = None,
    text: str = "",
    tokens: int = 0,
) -> Failure:
    return Failure(
        kind=kind,
        message="",
        is_retryable=retryable,
        timing=Timing(started_at=EPOCH, waited_s=0, total_s=0),
        was_sent=sent,
        retry_after_s=wait_s,
        partial_text=text,
        usage=Usage(completion_tokens=tokens) if tokens else None,
    )


@all_cases(
    ("last", "where_silent", "where_others_are_answered"),
    [
        (failure(K.SERVER_ERROR), False, True),
        (failure(K.OVERLOADED), False, True),
        (failure(K.FIRST_BYTE_TIMEOUT), False, True),
        (failure(K.UNAUTHORIZED, retryable=False), False, True),  # a firewall that dislikes one prompt answers 403
        (failure(K.NOT_FOUND, retryable=False), False, True),
        # never about one job
        (failure(K.RATE_LIMITED), False, False),
        (failure(K.PAYMENT_REQUIRED, retryable=False), False, False),
        (failure(K.QUOTA_EXHAUSTED, retryable=False), False, False),
        (failure(K.SERVER_ERROR, wait_s=3600), False, False),
        (failure(K.DNS, sent=False), False, False),
        # always about the job
        (failure(K.BAD_REQUEST, retryable=False), True, True),
        (failure(K.CONTENT_FILTERED, retryable=False), True, True),
        (failure(K.CONTEXT_LENGTH_EXCEEDED, retryable=False), True, True),
        # output came, and a resumed run must not pay for it again
        (failure(K.STREAM_TRUNCATED, text="4"), True, True),
        (failure(K.INTERRUPTED, tokens=7), True, True),
    ],
)
def test_last_failure_is_final_where_it_says_something_about_the_job(
    last: Failure, where_silent: bool, where_others_are_answered: bool
) -> None:
    breaker = CircuitBreaker(CLOCK)
    assert is_about_job(last, breaker, 100.0) is where_silent
    breaker.on_answer(100.0)
    assert is_about_job(last, breaker, 100.0) is where_others_are_answered
    assert is_about_job(last, breaker, 101.0) is where_silent  # that answer came before the job was sent
