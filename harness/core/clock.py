"""Where time comes from: one object, passed in, so that tests decide what time it is.

Instants are aware UTC datetimes; durations come from the monotonic counter and are seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

_utc_now = partial(datetime.now, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The two readings the harness takes: the instant (UTC) and the monotonic counter (seconds)."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.perf_counter


SYSTEM_CLOCK = Clock()


def utc(text: str) -> datetime:
    """The instant an ISO 8601 text names; a text without an offset, or a plain date, is read as UTC.

    Raises ValueError for anything else.
    """
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
