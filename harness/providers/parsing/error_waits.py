"""The wait that the body of an error names: in a field, a sentence, a date, or headers that a gateway put there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from harness.core.types import Json
from harness.providers.format.dialect_spec import ErrorFields
from harness.providers.format.json_payload import as_text, get_path
from harness.providers.parsing.rate_limit_headers import duration_s, retry_after_s, until_s

_WAIT = re.compile(
    r"(?:try again|retry|wait|reset)\w*(?: \w+)? (?:in|after|for) (?:about )?((?:[0-9.]+ ?(?:ms|d|h|m|s)(?![a-z]) ?)+"
    r"|[0-9.]+(?= ?(milliseconds?|minutes?|mins?|hours?|hrs?|days?|seconds?|secs?|$|[^\w.])))",
    re.IGNORECASE,
)
_WORD_S = {"mil": 0.001, "min": 60.0, "hou": 3600.0, "hrs": 3600.0, "hr": 3600.0, "day": 86400.0}
_RESET_DATE = re.compile(
    r"(?:reset|again|retry|available|access|until|refresh|renew)\w*\W(?:\w+\W){0,3}?"
    r"(\d{4}-\d\d-\d\d)(?:T| at | )(\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|GMT|[+-]\d\d:?\d\d)",
    re.IGNORECASE,
)
_MIDNIGHT = re.compile(r"(?:midnight|0?0:00) ?\(?(?:UTC|GMT)|(?:UTC|GMT) midnight", re.IGNORECASE)
_DELAYS = ("retryDelay", "metadata.quotaResetDelay")
_FIELDS = ("resets_in_seconds", "reset_in_seconds", "retry_after_seconds", "retry_after", "reset_after", "retryAfter")
_INSTANTS = ("resets_at", "reset_at", "resetAt", "resetTime", "metadata.quotaResetTimeStamp")


def wait_in_body(facts: ErrorFields, now: datetime) -> float | None:
    """Seconds from `now` (the server's time) until the body says that the next request may come."""
    stated = _in_fields(facts.details, now)
    return stated if stated is not None else wait_in_words(facts.message, now)


def wait_in_words(message: str, now: datetime) -> float | None:
    """Seconds that a sentence such as `try again in 1.6s` or `will reset at 2026-12-01T00:00:00Z` names.

    A date without a time zone names no wait: providers write both UTC and their own time.
    """
    found = _WAIT.search(message)
    if found is not None:
        amount, word = found[1].replace(" ", "").rstrip("."), (found[2] or "").lower()
        seconds = duration_s(amount)
        return None if seconds is None else seconds * _WORD_S.get(word[:3], 1.0)
    date = _RESET_DATE.search(message)
    if date is not None:
        zone = "+00:00" if date[3].upper() in ("Z", "UTC", "GMT") else date[3]
        return _ahead(f"{date[1]}T{date[2]}{zone}", now)
    if _MIDNIGHT.search(message):
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return (today + timedelta(days=1) - now).total_seconds()
    return None


def _in_fields(document: Json, now: datetime) -> float | None:
    """Waits in fields: Google's details, OpenRouter's headers inside `metadata`, `resets_at` and the like."""
    error = get_path(document, "error")
    inner = error if isinstance(error, Mapping) else document
    headers = get_path(inner, "metadata.headers")
    if isinstance(headers, Mapping):
        named = {str(name).lower(): str(value) for name, value in headers.items()}
        if (wait := retry_after_s(named)) is not None:
            return wait
    details = get_path(inner, "details")
    places = [*(details if isinstance(details, list) else ()), inner]
    return next(iter(_stated(places, now)), None)


def _stated(places: Iterable[Json], now: datetime) -> Iterable[float]:
    for place in places:
        texts = [(as_text(get_path(place, name)), False) for name in _DELAYS]
        texts += [(str(get_path(place, name)), False) for name in _FIELDS]
        texts += [(str(get_path(place, name)), True) for name in _INSTANTS]
        for text, is_instant in texts:
            wait = None if not text else _ahead(text, now) if is_instant else duration_s(text)
            if wait is not None:
                yield wait


def _ahead(instant: str, now: datetime) -> float | None:
    """Seconds until an instant with a zone; None for one in the past, which names no wait."""
    is_zoned = instant.isdigit() or re.search(r"(Z|[+-]\d\d:?\d\d|GMT|UTC)$", instant) is not None
    seconds = until_s(instant, now) if is_zoned else None
    return seconds or None
