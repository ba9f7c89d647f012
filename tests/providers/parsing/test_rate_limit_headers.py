"""Every spelling of a wait and of a budget."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.parsing.rate_limit_headers import duration_s, read_limit_headers, retry_after_s, until_s
from tests.cases import all_cases

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
DATE = {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}


@all_cases(
    ("text", "seconds"),
    [
        ("1.5", 1.5),
        ("6m0s", 360.0),
        ("4ms", 0.004),
        ("2m59.56s", 179.56),
        ("1h30m", 5400.0),
        ("34s", 34.0),
        ("0", 0.0),
        ("", None),
        ("-3", None),
        ("soon", None),
        ("99999999999", None),  # more than a month is a misreading
        ("nan", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_s(text) == (None if seconds is None else pytest.approx(seconds))


@all_cases(
    ("text", "seconds"),
    [
        ("20", 20.0),
        (str(int(NOW.timestamp()) + 30), 30.0),  # epoch in seconds
        (str((int(NOW.timestamp()) + 30) * 1000), 30.0),  # and in milliseconds
        ("2026-11-21T12:01:00Z", 60.0),
        ("2026-11-21T13:00:10+01:00", 10.0),
        ("Sat, 21 Nov 2026 12:00:45 GMT", 45.0),
        ("2026-11-21T11:00:00Z", 0.0),  # past: now
        ("never", None),
    ],
)
def test_instants(text: str, seconds: float | None) -> None:
    assert until_s(text, NOW) == seconds


@all_cases(
    ("headers", "wait"),
    [
        ({"retry-after": "2", "retry-after-ms": "1642"}, 1.642),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:07 GMT", **DATE}, 7.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s"}, None),
        ({}, None),
        ({"retry-after": "later"}, None),
    ],
)
def test_the_wait_of_a_failure(headers: dict[str, str], wait: float | None) -> None:
    assert retry_after_s(headers) == wait


@all_cases(
    ("headers", "expected"),
    [
        (
            {
                "x-ratelimit-remaining-requests": "499",
                "x-ratelimit-remaining-tokens": "29000",
                "x-ratelimit-reset-requests": "120ms",
                "x-ratelimit-reset-tokens": "2s",
            },
            RateLimitInfo(remaining_requests=499, remaining_tokens=29000, reset_requests_s=0.12, reset_tokens_s=2.0),
        ),
        # Anthropic counts input and output apart: the scarcer one holds back
        (
            {
                "anthropic-ratelimit-requests-remaining": "10",
                "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:30Z",
                "anthropic-ratelimit-input-tokens-remaining": "5000",
                "anthropic-ratelimit-output-tokens-remaining": "800",
                "anthropic-ratelimit-output-tokens-reset": "2026-11-21T12:01:00Z",
                **DATE,
            },
            RateLimitInfo(remaining_requests=10, remaining_tokens=800, reset_requests_s=30.0, reset_tokens_s=60.0),
        ),
        # xAI states what is left but not until when
        ({"x-ratelimit-remaining-requests": "0"}, RateLimitInfo(remaining_requests=0)),
        # OpenRouter: epoch in milliseconds, 1795262460 is 12:01:00
        (
            {"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1795262460000", **DATE},
            RateLimitInfo(remaining_requests=3, reset_requests_s=60.0),
        ),
        ({"x-ratelimit-remaining-tokens": "many"}, RateLimitInfo()),
        ({}, RateLimitInfo()),
    ],
)
def test_budgets(headers: dict[str, str], expected: RateLimitInfo) -> None:
    assert read_limit_headers(headers) == expected
