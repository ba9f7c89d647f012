"""Retries of one job: which causes, how often, after how long.

Retry-After takes precedence; otherwise exponential backoff with equal jitter (Brooker 2015, "Exponential Backoff And
Jitter"). A stream that was truncated is billed, so it is retried only once. A pooled connection that the server had
closed costs nothing and is replaced at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from harness.core.types import Attempt, Failure, FailureKind
from harness.providers.pacing.circuit_breaker import DEFAULT_MAX_WAIT_S, ENDPOINT_FAILURES

FIRST_BACKOFF_S = 0.5
MAX_BACKOFF_S = 60.0
POSSIBLY_BILLED_DISCONNECTS = frozenset(
    {
        FailureKind.STREAM_TRUNCATED,
        FailureKind.NO_FINISH_REASON,
        FailureKind.CONNECTION_LOST,
        FailureKind.READ_TIMEOUT,
        FailureKind.FIRST_BYTE_TIMEOUT,
        FailureKind.MALFORMED_RESPONSE,
        FailureKind.EMPTY_RESPONSE,
    }
)
"""Causes after which the provider has most likely billed what was generated."""
MAX_STALE = 20
MAX_REFUSALS = 30
MAX_ENDPOINT_RETRIES = 2
"""Retries that are not counted among the attempts: closed pooled connections; refusals while the endpoint answers
others; causes that lie in the endpoint."""


def is_probably_billed(failure: Failure) -> bool:
    """Whether the provider has probably billed this failure: it broke an answer, or text or usage had come.

    A stream whose connection broke before its headers had not started, so it counts as not billed.
    """
    if has_output(failure):
        return True
    if failure.kind is FailureKind.CONNECTION_LOST and failure.http_status is None:
        return failure.effective.get("stream") is not True
    return failure.kind in POSSIBLY_BILLED_DISCONNECTS


def has_output(failure: Failure) -> bool:
    """Whether text or usage shows that something was generated; reasoning is billed like an answer."""
    has_text = bool(failure.partial_text or failure.timing.text_chunks)
    return has_text or (failure.usage is not None and bool(failure.usage.completion_tokens))


class RetryRule:
    """One job's retries. `paid_retries`: how many attempts may follow failures that are probably billed.

    `seed`: of the jitter. A wait above `max_wait_s` is never waited for. Refusals of an endpoint that answers others
    and causes that lie in the endpoint (circuit_breaker) are retried at the endpoint's pace and not counted.
    """

    def __init__(
        self,
        *,
        max_attempts: int,
        seed: int | str,
        paid_retries: int = 1,
        max_wait_s: float = DEFAULT_MAX_WAIT_S,
    ) -> None:
        self._max_attempts = max_attempts
        self._paid_retries = paid_retries
        self._max_wait_s = max_wait_s
        self._seed = seed
        self._rng: random.Random | None = None
        self._counted = 0
        self._uncounted: dict[FailureKind, int] = {}
        self._paid = 0
        self.wants_more = False
        self.waits: dict[str, float] = {}

    def restore(self, failure: Failure) -> None:
        """Count a failure of an earlier session: it limits what is paid for a job, not how often a free cause may be
        tried again."""
        self._paid += is_probably_billed(failure)

    def decide(self, attempt: Attempt, *, endpoint_answers: bool = False) -> bool:
        """Whether a retry follows this attempt; call it once per attempt, in order.

        `endpoint_answers`: the endpoint has answered a job of this session.
        """
        self.wants_more = isinstance(attempt, Failure) and self._is_retried(attempt, endpoint_answers)
        return self.wants_more

    def _is_retried(self, failure: Failure, endpoint_answers: bool) -> bool:
        kind = failure.kind
        if kind is FailureKind.STALE_CONNECTION:
            return self._is_within(kind, MAX_STALE)
        self._paid += is_probably_billed(failure)
        if failure.retry_after_s is not None and failure.retry_after_s > self._max_wait_s:
            return False
        if kind in ENDPOINT_FAILURES and failure.retry_after_s is None:
            return endpoint_answers and self._is_within(kind, MAX_ENDPOINT_RETRIES)
        if not failure.is_retryable and kind not in ENDPOINT_FAILURES:
            return False
        if kind is FailureKind.RATE_LIMITED and endpoint_answers:
            return self._is_within(kind, MAX_REFUSALS)
        self._counted += 1
        if is_probably_billed(failure) and self._paid > self._paid_retries:
            return False
        return self._counted < self._max_attempts

    def _is_within(self, kind: FailureKind, most: int) -> bool:
        self._uncounted[kind] = self._uncounted.get(kind, 0) + 1
        return self._uncounted[kind] <= most

    @property
    def retry_text(self) -> str:
        """`attempt 3 of 6`: the next attempt of those that are counted."""
        return f"attempt {self._counted + 1} of {self._max_attempts}"

    def wait_s(self, failure: Failure) -> float:
        """Seconds until the next attempt; `waits` then holds them under their reason, for that attempt's record."""
        if failure.kind is FailureKind.STALE_CONNECTION:
            self.waits = {}
            return 0.0
        if failure.retry_after_s is not None:
            seconds = failure.retry_after_s * (
                1 + 0.05 * self._jitter().random()
            )  # so that streams do not return as one
            self.waits = {"retry_after": seconds}
            return seconds
        longest = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2 ** max(0, self._counted - 1))
        seconds = self._jitter().uniform(longest / 2, longest)
        self.waits = {"back_off": seconds}
        return seconds

    def _jitter(self) -> random.Random:
        """Made at the first wait: most jobs never wait, and seeding costs more than the rest of this rule."""
        if self._rng is None:
            self._rng = random.Random(self._seed)
        return self._rng


async def with_retries(
    attempt_once: Callable[[int], Awaitable[Attempt]],
    rule: RetryRule,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Attempt:
    """Call `attempt_once(number)`, which asks `rule.decide`, until no retry follows; returns the last attempt."""
    number = 0
    while True:
        attempt = await attempt_once(number)
        if not rule.wants_more or not isinstance(attempt, Failure):
            return attempt
        await sleep(rule.wait_s(attempt))
        number += 1
