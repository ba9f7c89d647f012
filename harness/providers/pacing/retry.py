"""Trying again: which causes, how often, after how long. The one door to tenacity.

The provider's word on when to come back goes before ours; without one the wait grows exponentially with equal jitter
(source: Brooker 2015, "Exponential Backoff And Jitter"). A stream that was cut is paid for, so it is tried again once
only. A pooled connection that the server had closed costs nothing and is replaced at once.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import tenacity

from harness.core.types import Attempt, Failure, FailureKind

MAX_PROVIDER_WAIT_S = 120.0  # a longer one is not worth holding a run for; the openai package draws the line here too
FIRST_WAIT_S = 0.5
MAX_WAIT_S = 60.0
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
"""Causes after which the provider has most likely charged for what was generated."""
MAX_STALE = 20


def is_probably_billed(failure: Failure) -> bool:
    """Whether the provider has probably charged for this failure: it broke an answer, or text or usage had come.

    A stream whose connection broke before its headers had not begun, so it is taken for unpaid.
    """
    if failure.partial_text or failure.timing.text_chunks:  # reasoning is charged like an answer
        return True
    if failure.usage is not None and failure.usage.completion_tokens:
        return True
    if failure.kind is FailureKind.CONNECTION_LOST and failure.http_status is None:
        return failure.effective.get("stream") is not True
    return failure.kind in POSSIBLY_BILLED_DISCONNECTS


class RetryRule:
    """One job's retries. `paid_retries`: how many attempts may follow breaks that are probably charged."""

    def __init__(self, *, max_attempts: int, rng: random.Random, paid_retries: int = 1) -> None:
        self._max_attempts = max_attempts
        self._paid_retries = paid_retries
        self._rng = rng
        self._seen: Counter[FailureKind] = Counter()
        self._paid = 0
        self.wants_more = False
        self.waits: dict[str, float] = {}

    def decide(self, attempt: Attempt) -> bool:
        """Whether this attempt is to be followed by another; call once per attempt, in order."""
        self.wants_more = self._again(attempt)
        return self.wants_more

    def _again(self, attempt: Attempt) -> bool:
        if not isinstance(attempt, Failure):
            return False
        self._seen[attempt.kind] += 1
        self._paid += is_probably_billed(attempt)
        if not attempt.is_retryable:
            return False
        if attempt.kind is FailureKind.STALE_CONNECTION:
            return self._seen[attempt.kind] <= MAX_STALE
        if attempt.retry_after_s is not None and attempt.retry_after_s > MAX_PROVIDER_WAIT_S:
            return False
        if is_probably_billed(attempt) and self._paid > self._paid_retries:
            return False
        return self.counted < self._max_attempts

    @property
    def counted(self) -> int:
        """Attempts so far, those on stale connections left out: they never reached the provider."""
        return self._seen.total() - self._seen[FailureKind.STALE_CONNECTION]

    def wait_s(self, failure: Failure) -> float:
        """Seconds until the next attempt; `waits` then holds them under their reason, for that attempt's record."""
        if failure.kind is FailureKind.STALE_CONNECTION:
            self.waits = {}
            return 0.0
        if failure.retry_after_s is not None:
            seconds = failure.retry_after_s * (1 + 0.05 * self._rng.random())  # so that streams do not return as one
            self.waits = {"retry_after": seconds}
            return seconds
        ceiling = min(MAX_WAIT_S, FIRST_WAIT_S * 2 ** max(0, self.counted - 1))
        seconds = self._rng.uniform(ceiling / 2, ceiling)
        self.waits = {"back_off": seconds}
        return seconds


async def with_retries(
    attempt_once: Callable[[int], Awaitable[Attempt]],
    rule: RetryRule,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Attempt:
    """Call `attempt_once(number)`, which asks `rule.decide`, until the rule is content; returns the last attempt."""

    def wait(state: tenacity.RetryCallState) -> float:
        outcome = state.outcome.result() if state.outcome is not None else None
        return rule.wait_s(outcome) if isinstance(outcome, Failure) else 0.0

    retrying = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_result(lambda _: rule.wants_more),
        wait=wait,
        stop=tenacity.stop_never,
        sleep=sleep,
    )
    number = 0

    async def numbered() -> Attempt:
        nonlocal number
        number += 1
        return await attempt_once(number - 1)

    result: Attempt = await retrying(numbered)
    return result
