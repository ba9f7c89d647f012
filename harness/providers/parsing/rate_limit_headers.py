"""What the headers of an answer say about when to come back and how much is left, in every spelling seen.

Covers retry-after (seconds, fraction, HTTP date), retry-after-ms, the x-ratelimit families (durations such as `6m0s`
or `4ms`, plain seconds, epoch seconds and milliseconds) and Anthropic's RFC 3339 times.

Waits that a body states are read in error_waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from harness.core.clock import SYSTEM_CLOCK
from harness.providers.format.wire_types import RateLimitInfo

MAX_WAIT_S = 31 * 86400.0
"""A wait beyond a month is taken for a misreading."""

_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?)(ms|us|µs|ns|d|h|m|s)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?")
# 31 years in seconds: no wait is that long, and every epoch since 2001 is larger.
_EPOCH_S = 1e9
_EPOCH_MS = 1e12

_REQUESTS = ("x-ratelimit-{}-requests", "anthropic-ratelimit-requests-{}", "x-ratelimit-{}-requests-minute")
_TOKENS = (
    "x-ratelimit-{}-tokens",
    "anthropic-ratelimit-tokens-{}",
    "anthropic-ratelimit-input-tokens-{}",
    "anthropic-ratelimit-output-tokens-{}",
    "x-ratelimit-{}-tokens-minute",
    "x-tokenlimit-{}",
)
_PLAIN = ("x-ratelimit-{}", "ratelimit-{}")


def duration_s(text: str) -> float | None:
    """Seconds of a duration (`1.5`, `6m0s`, `4ms`, `34s`); None for anything else."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _sane(float(text))
    if not _DURATION.fullmatch(text):
        return None
    return _sane(sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(text)))


def _sane(seconds: float) -> float | None:
    return seconds if 0 <= seconds <= MAX_WAIT_S else None


def until_s(text: str, now: datetime) -> float | None:
    """Seconds from now until what a header names: a duration, an epoch, an HTTP date or an RFC 3339 time."""
    text = text.strip()
    if _NUMBER.fullmatch(text) and float(text) >= _EPOCH_S:
        number = float(text)
        return _from_now(number / 1000 if number >= _EPOCH_MS else number, now)
    seconds = duration_s(text)
    if seconds is not None:
        return seconds
    instant = _instant(text)
    return None if instant is None else _from_now(instant.timestamp(), now)


def _from_now(epoch_s: float, now: datetime) -> float | None:
    return _sane(max(0.0, epoch_s - now.timestamp()))


def _instant(text: str) -> datetime | None:
    readers: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, parsedate_to_datetime)
    for read in readers:
        try:
            instant = read(text)
        except (ValueError, TypeError, OverflowError):  # the mail parser raises all three
            continue
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    return None


def server_now(headers: Mapping[str, str]) -> datetime:
    """The server's own idea of the time, so that a wrong clock on either side does not matter; else our clock."""
    return _instant(headers.get("date", "")) or SYSTEM_CLOCK.now()


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait the headers of a failure ask for: the finer spelling first, then the reset of what is used up."""
    # OpenAI's and Azure's finer spelling; `retry-after` rounds up to whole seconds.
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds) and (seconds := _sane(float(milliseconds) / 1000)) is not None:
        return seconds
    stated = until_s(headers.get("retry-after", ""), server_now(headers))
    if stated is not None:
        return stated
    limits = read_limit_headers(headers)
    used_up = [
        reset
        for remaining, reset in (
            (limits.remaining_requests, limits.reset_requests_s),
            (limits.remaining_tokens, limits.reset_tokens_s),
        )
        if remaining == 0 and reset is not None
    ]
    # The longest: to come back when only one of two used-up budgets is full again is one more refusal.
    return max(used_up, default=None)


def read_limit_headers(headers: Mapping[str, str]) -> RateLimitInfo:
    """What is left and when it is full again, in seconds from now; of several budgets the scarcest."""
    now = server_now(headers)
    return RateLimitInfo(
        remaining_requests=_least(headers, (*_REQUESTS, *_PLAIN)),
        remaining_tokens=_least(headers, _TOKENS),
        reset_requests_s=_longest(headers, (*_REQUESTS, *_PLAIN), now),
        reset_tokens_s=_longest(headers, _TOKENS, now),
    )


def _least(headers: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    texts = (headers.get(name.format("remaining"), "").strip() for name in names)
    return min((int(float(text)) for text in texts if _NUMBER.fullmatch(text)), default=None)


def _longest(headers: Mapping[str, str], names: tuple[str, ...], now: datetime) -> float | None:
    waits = (until_s(text, now) for name in names if (text := headers.get(name.format("reset"))))
    return max((wait for wait in waits if wait is not None), default=None)
