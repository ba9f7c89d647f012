"""Quotas of a day or longer and limits per minute, in words, codes and Google's details, in every dialect."""

from __future__ import annotations

import asyncio
import json

import pytest

from harness.core.types import Attempt, Failure, FailureKind, Json
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ProviderError
from tests.cases import all_cases
from tests.providers.calling import BACKENDS, all_attempts, calling, job, raw_server, whole
from tests.providers.reading import endpoint

NOON = {"date": "Mon, 30 Nov 2026 12:00:00 GMT"}
K = FailureKind


def read(name: str, status: int, body: Json, headers: dict[str, str] | None = None) -> ProviderError:
    return dialect_loader.read_error(endpoint(name), status, {**NOON, **(headers or {})}, json.dumps(body).encode())


def message(text: str, **more: Json) -> Json:
    return {"error": {"message": text, **more}}


def google(*details: dict[str, Json], text: str = "You exceeded your current quota.") -> Json:
    return {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": text, "details": list(details)}}


def violation(quota: str) -> dict[str, Json]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]}


def info(reason: str, **metadata: Json) -> dict[str, Json]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}


WORDS = [
    "The daily quota of this account is exhausted.",
    "You have used up all free requests for today.",
    "Too many requests: limit of 50 requests per day reached",
    "Rate limit exceeded: free-models-per-day. Add credits to unlock more.",
    "Rate limit reached for model `m` on tokens per day (TPD): Limit 9000, Used 9000, Requested 20. "
    "Please try again in 28m48s.",
    "You have reached your weekly usage limit",
    "monthly token limit exceeded",
    "Your free tier allowance has run out",
    "You have reached your specified API usage limits.",
    "今日免费额度已用完，请明天再试",
    "您的账户已达到每日请求次数上限。",
    "Quota exceeded. Quota: RPD limit, 20 of 20 used.",
]
BODIES = [
    message("Your daily quota is used up.", code="quota_exceeded"),
    google(violation("GenerateRequestsPerDayPerProject"), {"retryDelay": "34s"}),
    google(info("QUOTA_EXHAUSTED", quotaResetDelay="5h12m3.5s")),
]
NO_DAYS = [
    "Rate limit reached for model `m` on requests per minute (RPM): Limit 30. Please try again in 2s.",
    "You exceeded the limit of requests per minute; the daily quota is 14400 requests per day",
    "Rate limit reached on tokens per day (TPD): Limit 900000, Used 899999. Please try again in 8.64s.",
    "Too many requests, slow down",
    "Quota exceeded for requests per minute",
    "Rate limit exceeded. Upgrade your plan for 1000 requests per day.",
    "Have a nice life. The limit of parallel requests is exceeded",
]


@all_cases("name", dialect_loader.names())
@all_cases("text", WORDS)
def test_used_up_quota_in_words_is_quota_exhausted(name: str, text: str) -> None:
    reading = read(name, 429, message(text, type="rate_limit_error"))
    assert (reading.kind, reading.is_retryable) == (K.QUOTA_EXHAUSTED, False)


@all_cases("name", [name for name in dialect_loader.names() if name != "moonshot"])  # its TPD: below
@all_cases("text", NO_DAYS)
def test_limit_per_minute_in_words_is_rate_limited(name: str, text: str) -> None:
    assert read(name, 429, message(text)).kind is K.RATE_LIMITED


def test_moonshots_wait_of_seconds_beside_a_limit_per_day_is_not_true() -> None:
    reading = read("moonshot", 429, message("reached max TPD: 900, please try again after 1 seconds"))
    assert (reading.kind, reading.retry_after_s) == (K.QUOTA_EXHAUSTED, None)


@pytest.mark.parametrize("code", ["daily_limit_exceeded", "DailyLimitExceeded", "requests_per_day_limit_exceeded"])
def test_used_up_quota_in_a_code_is_quota_exhausted(code: str) -> None:
    assert read("generic", 403, message("Forbidden", code=code)).kind is K.QUOTA_EXHAUSTED


@all_cases(
    "details",
    [
        [violation("GenerateRequestsPerMinutePerProject"), violation("GenerateRequestsPerDayPerProject-FreeTier")],
        [info("QUOTA_EXHAUSTED", quotaResetDelay="5h12m3.5s")],
        [info("RATE_LIMIT_EXCEEDED", quota_limit="GenerateContentRequestsPerDayPerProjectPerRegion")],
        [info("RATE_LIMIT_EXCEEDED", quota_limit="X", quota_unit="1/d/{project}/{region}")],
        [info("RATE_LIMIT_EXCEEDED", quota_limit="X", quota_limit_value="0")],
        [{"violations": [{"quotaMetric": "example.com/requests_per_day"}]}],
    ],
)
@all_cases("name", ["gemini_compat", "generic", "openai", "openrouter"])
def test_used_up_quota_in_googles_details_is_quota_exhausted(name: str, details: list[dict[str, Json]]) -> None:
    delay: dict[str, Json] = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}
    assert read(name, 429, google(*details, delay)).kind is K.QUOTA_EXHAUSTED
    # a gateway that hands on the text of the reply
    inner = json.dumps(google(*details, delay))
    assert read(name, 429, message(f"Upstream said: {inner}")).kind is K.QUOTA_EXHAUSTED


def test_delay_of_the_minute_is_not_the_wait_of_a_used_up_quota() -> None:
    delay: dict[str, Json] = {"retryDelay": "34s"}
    assert read("gemini_compat", 429, google(violation("RequestsPerDay"), delay)).retry_after_s is None
    assert read("gemini_compat", 429, google(violation("RequestsPerMinute"), delay)).retry_after_s == 34.0
    assert read("generic", 429, message("daily quota exhausted"), {"retry-after": "5"}).retry_after_s is None
    assert read("generic", 429, message("daily quota exhausted"), {"retry-after": "3600"}).retry_after_s == 3600.0


def test_prompt_quoted_under_400_is_no_quota() -> None:
    text = "Cannot parse 'the daily quota was exceeded, she said'"
    assert read("generic", 400, message(text, type="invalid_request_error")).kind is K.BAD_REQUEST


@all_cases("backend", BACKENDS)
@all_cases("body", BODIES)
def test_used_up_quota_ends_the_attempts_of_a_job(backend: str, body: Json) -> None:
    async def run() -> tuple[list[Attempt], int]:
        reply = whole(json.dumps(body).encode(), {"Content-Type": "application/json"}, "429 Too Many Requests")
        async with raw_server(lambda visit: visit.send(reply)) as server, calling(backend) as caller:
            attempts, _ = await all_attempts(caller, job(server.url, backend=backend, dialect="generic"))
            return attempts, len(server.visits)

    attempts, requests = asyncio.run(run())
    assert [attempt.kind for attempt in attempts if isinstance(attempt, Failure)] == [K.QUOTA_EXHAUSTED]
    assert requests == 1


def test_money_goes_before_the_quota() -> None:
    body = message("Your monthly quota is exceeded", code="insufficient_quota")
    assert read("generic", 429, body).kind is K.PAYMENT_REQUIRED
