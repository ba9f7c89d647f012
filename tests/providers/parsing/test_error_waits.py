"""The wait that the body of an error names, in a field, in a sentence or as a date."""

from __future__ import annotations

from harness.core.types import Json
from tests.cases import all_cases
from tests.providers.parsing.test_quota import google, info, message, read


@all_cases(
    ("body", "wait_s"),
    [
        (message("Your daily quota is used up. It will reset at 2026-11-30T14:00:00Z"), 7200.0),
        (message("You reached your specified API usage limits, access is back on 2026-12-01 at 00:00 UTC."), 43200.0),
        (message("Daily limit reached, try again at 2026-11-30 15:00:00 +02:00"), 3600.0),
        (message("Daily limit reached; it resets at midnight UTC"), 43200.0),
        (message("Daily limit reached, try again in 3 hours"), 10800.0),
        (message("Daily limit reached, retry in 1 day"), 86400.0),
        (message("Daily limit reached", resets_in_seconds=5000), 5000.0),
        (message("Daily limit reached", resets_at=1796050800), 10800.0),  # 2026-11-30T15:00:00Z
        (message("Daily limit", metadata={"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5h"}}), 18e3),
        (google(info("QUOTA_EXHAUSTED", quotaResetDelay="5h12m3.5s")), 18723.5),
        (google(info("QUOTA_EXHAUSTED", quotaResetTimeStamp="2026-11-30T13:00:00Z")), 3600.0),
        (message("Daily limit reached. It will reset at 2026-11-30 14:00:00"), None),  # whose time?
        (message("Daily limit reached. It will reset at 2026-11-30T11:00:00Z"), None),  # has passed
        (message("Daily limit reached. It will reset at 2099-01-01T00:00:00Z"), None),  # beyond belief
    ],
)
def test_wait_that_the_body_names(body: Json, wait_s: float | None) -> None:
    assert read("generic", 429, body).retry_after_s == wait_s
