"""Which cause an error has and whether another attempt may succeed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import FailureKind, Json
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ProviderError
from tests.cases import all_cases
from tests.providers.parsing.test_chat_completions import TREES
from tests.providers.reading import endpoint, events_in, read_body, read_events
from tests.providers.test_dialect_loader import dialect_of


def read(name: str, status: int, body: Json, headers: dict[str, str] | None = None) -> ProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return dialect_loader.read_error(endpoint(name), status, headers or {}, raw)


def openai_like(code: str | int | None = None, kind: str | None = None, message: str = "No.") -> Json:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


GEMINI = {"code": 429, "message": "You exceeded your current quota", "status": "RESOURCE_EXHAUSTED"}


def gemini(quota: str, **more: Json) -> Json:
    failure = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]}
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}
    return [{"error": {**GEMINI, "details": [failure, delay], **more}}]


K = FailureKind


@all_cases(
    ("name", "status", "body", "kind", "retry"),
    [
        ("openai", 429, openai_like("rate_limit_exceeded", "tokens"), K.RATE_LIMITED, True),
        ("openai", 429, openai_like("insufficient_quota", "insufficient_quota"), K.PAYMENT_REQUIRED, False),
        (
            "openai",
            400,
            openai_like("context_length_exceeded", "invalid_request_error"),
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        ("openai", 400, openai_like("unsupported_parameter", "invalid_request_error"), K.BAD_REQUEST, False),
        ("openai", 401, openai_like("invalid_api_key"), K.UNAUTHORIZED, False),
        ("openai", 404, openai_like("model_not_found"), K.NOT_FOUND, False),
        (
            "openai",
            429,
            openai_like("rate_limit_exceeded", None, "Request too large for m"),
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        ("openai", 500, openai_like(None, "server_error"), K.SERVER_ERROR, True),
        ("openai", 503, openai_like(None, "server_error"), K.SERVER_ERROR, True),
        ("openai", 503, b"<html><h1>Service unavailable</h1></html>", K.OVERLOADED, True),
        ("openai", 302, b"", K.REDIRECTED, False),
        ("openai", 501, b"", K.SERVER_ERROR, False),
        ("openai", 408, b"", K.SERVER_ERROR, True),
        ("azure", 400, openai_like("content_filter", None, "The response was filtered"), K.CONTENT_FILTERED, False),
        ("azure", 404, openai_like("DeploymentNotFound"), K.NOT_FOUND, False),
        (
            "anthropic_messages",
            400,
            {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}},
            K.PAYMENT_REQUIRED,
            False,
        ),
        (
            "anthropic_messages",
            400,
            {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}},
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        ("anthropic_messages", 529, {"type": "error", "error": {"type": "overloaded_error"}}, K.OVERLOADED, True),
        (
            "anthropic_messages",
            413,
            {"type": "error", "error": {"type": "request_too_large"}},
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        ("anthropic_compat", 429, openai_like(None, "rate_limit_error"), K.RATE_LIMITED, True),
        ("xai", 400, {"code": "invalid-argument", "error": "Incorrect API key provided: xx"}, K.UNAUTHORIZED, False),
        ("xai", 429, {"code": "resource-exhausted", "error": "Too many requests"}, K.RATE_LIMITED, True),
        ("xai", 403, {"code": "forbidden", "error": "Your team doesn't have any credits"}, K.PAYMENT_REQUIRED, False),
        (
            "deepseek",
            402,
            openai_like("invalid_request_error", None, "Insufficient Balance"),
            K.PAYMENT_REQUIRED,
            False,
        ),
        ("deepseek", 422, openai_like("invalid_request_error"), K.BAD_REQUEST, False),
        ("deepseek", 503, openai_like("invalid_request_error"), K.OVERLOADED, True),
        ("moonshot", 429, openai_like(None, "exceeded_current_quota_error"), K.PAYMENT_REQUIRED, False),
        ("moonshot", 429, openai_like(None, "engine_overloaded_error"), K.OVERLOADED, True),
        ("moonshot", 429, openai_like(None, "rate_limit_reached_error", "max TPD: 9"), K.QUOTA_EXHAUSTED, False),
        (
            "moonshot",
            400,
            openai_like(None, None, "exceeded model token limit: 8 (requested: 9)"),
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        ("dashscope", 400, openai_like("Arrearage", "Arrearage"), K.PAYMENT_REQUIRED, False),
        ("dashscope", 403, openai_like("AllocationQuota.FreeTierOnly"), K.QUOTA_EXHAUSTED, False),
        ("dashscope", 429, openai_like("insufficient_quota"), K.PAYMENT_REQUIRED, False),
        ("dashscope", 429, openai_like("limit_burst_rate"), K.RATE_LIMITED, True),
        ("dashscope", 429, openai_like("Throttling.RateQuota"), K.RATE_LIMITED, True),
        ("dashscope", 400, openai_like("data_inspection_failed"), K.CONTENT_FILTERED, False),
        (
            "dashscope",
            400,
            openai_like(None, None, "Range of input length should be [1, 8]"),
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        (
            "minimax",
            402,
            {"type": "error", "error": {"type": "x", "message": "no balance (1008)"}},
            K.PAYMENT_REQUIRED,
            False,
        ),
        (
            "minimax",
            500,
            {"type": "error", "error": {"type": "api_error", "message": "x (1008)"}},
            K.PAYMENT_REQUIRED,
            False,
        ),
        ("minimax", 429, {"base_resp": {"status_code": 2056, "status_msg": "plan"}}, K.QUOTA_EXHAUSTED, False),
        ("zai", 429, {"error": {"code": "1302", "message": "rate"}}, K.RATE_LIMITED, True),
        ("zai", 429, {"error": {"code": "1113", "message": "unpaid"}}, K.PAYMENT_REQUIRED, False),
        ("zai", 429, {"error": {"code": "1310", "message": "until Monday"}}, K.QUOTA_EXHAUSTED, False),
        ("zai", 400, {"error": {"code": "1261", "message": "long"}}, K.CONTEXT_LENGTH_EXCEEDED, False),
        ("zai", 400, {"error": {"code": "1301", "message": "unsafe"}}, K.CONTENT_FILTERED, False),
        ("zai", 434, {"error": {"message": "?"}}, K.BAD_REQUEST, False),
        ("gemini_compat", 429, gemini("GenerateRequestsPerMinutePerProject"), K.RATE_LIMITED, True),
        ("gemini_compat", 429, gemini("GenerateRequestsPerDayPerProject"), K.QUOTA_EXHAUSTED, False),
        ("gemini_compat", 429, gemini("x", message="Your prepayment credits are depleted."), K.PAYMENT_REQUIRED, False),
        ("gemini_compat", 503, [{"error": {"code": 503, "status": "UNAVAILABLE"}}], K.OVERLOADED, True),
        (
            "gemini_compat",
            400,
            [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}],
            K.UNAUTHORIZED,
            False,
        ),
        ("openrouter", 402, {"error": {"code": 402, "message": "Insufficient credits"}}, K.PAYMENT_REQUIRED, False),
        ("openrouter", 403, {"error": {"code": 403, "message": "Your input was flagged"}}, K.CONTENT_FILTERED, False),
        ("openrouter", 502, {"error": {"code": 502, "message": "Host down"}}, K.SERVER_ERROR, True),
        ("groq", 413, openai_like("rate_limit_exceeded", "tokens"), K.CONTEXT_LENGTH_EXCEEDED, False),
        ("groq", 498, b"", K.OVERLOADED, True),
        ("together", 429, openai_like("rate_limit"), K.RATE_LIMITED, True),
        ("cerebras", 400, b"", K.CONTEXT_LENGTH_EXCEEDED, False),
        (
            "vllm",
            400,
            openai_like(400, "BadRequestError", "maximum context length is 8 tokens"),
            K.CONTEXT_LENGTH_EXCEEDED,
            False,
        ),
        ("vllm", 404, {"detail": "Not Found"}, K.NOT_FOUND, False),
        ("sglang", 400, {"object": "error", "message": "bad", "code": 400}, K.BAD_REQUEST, False),
        ("llamacpp", 400, openai_like(400, "exceed_context_size_error"), K.CONTEXT_LENGTH_EXCEEDED, False),
        ("llamacpp", 503, openai_like(503, "unavailable_error", "Loading model"), K.OVERLOADED, True),
        ("ollama", 404, openai_like(None, "not_found_error", "model 'x' not found"), K.NOT_FOUND, False),
        ("generic", 429, b"slow down", K.RATE_LIMITED, True),
    ],
)
def test_error_has_its_cause_and_retry(name: str, status: int, body: Json, kind: FailureKind, retry: bool) -> None:
    reading = read(name, status, body)
    assert (reading.kind, reading.is_retryable) == (kind, retry), reading.message
    assert reading.message


@all_cases(
    ("name", "headers", "body", "wait"),
    [
        ("openai", {"retry-after-ms": "1642", "retry-after": "2"}, openai_like(), 1.642),
        ("openai", {}, openai_like(None, None, "Please try again in 1.642s. Visit"), 1.642),
        ("openai", {}, openai_like(None, None, "Please try again in 6m0s."), 360.0),
        ("openai", {}, openai_like(None, None, "Please try again in 20ms."), 0.02),
        ("openai", {}, openai_like(None, None, "Please try again later."), None),
        ("groq", {}, openai_like(None, None, "Please retry after 2 minutes"), 120.0),
        # three a minute is one in 20 s, whatever the text promises
        ("moonshot", {}, openai_like(None, None, "reached max RPM: 3, please try again after 1 seconds"), 20.0),
        ("moonshot", {}, openai_like(None, None, "reached max TPM: 900, please try again after 7 seconds"), 7.0),
        ("gemini_compat", {}, gemini("PerMinute"), 34.0),
        ("xai", {"retry-after": "60"}, {"error": "slow"}, 60.0),
        (
            "openai",
            {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "8s"},
            openai_like("rate_limit_exceeded"),
            8.0,
        ),
    ],
)
def test_the_wait_comes_from_headers_then_body_then_text(
    name: str, headers: dict[str, str], body: Json, wait: float | None
) -> None:
    assert read(name, 429, body, headers).retry_after_s == (None if wait is None else pytest.approx(wait))


def test_a_header_can_forbid_but_not_grant_another_attempt() -> None:
    assert not read("openai", 503, b"", {"x-should-retry": "false"}).is_retryable
    assert not read("openai", 401, b"", {"x-should-retry": "true"}).is_retryable


def test_a_key_that_the_provider_repeats_is_not_kept() -> None:
    message = "Incorrect API key provided: sk-proj-abcdefghijklmnop. Account org-1<ak-abcdefghijklmnop>"
    said = read("openai", 401, openai_like(None, None, message)).message
    assert "abcdefgh" not in said
    assert said.startswith("Incorrect API key provided: <key>")


EXPECTED = {
    "openai-error-400-max_tokens.json": (K.BAD_REQUEST, False),
    "openai-error-429-tpm.json": (K.RATE_LIMITED, True),
    "openai-error-429-quota.json": (K.PAYMENT_REQUIRED, False),
    "anthropic-error-529-and-stream-error.json": (K.OVERLOADED, True),
    "anthropic-error-400.json": (K.BAD_REQUEST, False),
    "xai-error-429.json": (K.RATE_LIMITED, True),
    "deepseek-error-402.json": (K.PAYMENT_REQUIRED, False),
    "moonshot-error-429-rpm.json": (K.RATE_LIMITED, True),
    "dashscope-error-400-thinking-nonstream.json": (K.BAD_REQUEST, False),
    "dashscope-error-429.json": (K.RATE_LIMITED, True),
    "minimax-error-200-base_resp.json": (K.UNAUTHORIZED, False),
    "minimax-error-402.json": (K.PAYMENT_REQUIRED, False),
    "zai-error-429.json": (K.RATE_LIMITED, True),
    "openrouter-429.json": (K.RATE_LIMITED, True),
    "llamacpp-error-400-context.json": (K.CONTEXT_LENGTH_EXCEEDED, False),
    "groq-stream-error.sse": (K.INTERRUPTED, True),
}


@pytest.mark.shared("dialects")
def test_every_recorded_error_has_its_cause_and_retry(shared: Path) -> None:
    folder = shared / "dialects"
    files = [row["file"] for row in json.loads((folder / "expected.json").read_text()) if row["expected"] is None]
    files.append("groq-stream-error.sse")
    found = {file: _reading_of(file, (folder / file).read_bytes()) for file in files}
    print(f"{len(found)} recorded errors")
    assert found == {file: EXPECTED[file] for file in files}


@pytest.mark.shared("dialects")
def test_the_recorded_error_inside_a_stream_is_the_same_as_outside(shared: Path) -> None:
    recorded = json.loads((shared / "dialects" / "anthropic-error-529-and-stream-error.json").read_text())
    reply = read_events("anthropic_messages", list(events_in(recorded["mid_stream_event"].encode())))
    assert reply.error is not None
    assert (reply.error.kind, reply.error.is_retryable) == (K.OVERLOADED, True)


def _reading_of(file: str, content: bytes) -> tuple[FailureKind, bool]:
    name = dialect_of(file)
    if file.endswith(".sse"):
        error = read_events(name, list(events_in(content))).error
    else:
        answer = json.loads(content)
        answer = answer.get("http", answer)
        body = json.dumps(answer["body"]).encode()
        if answer["status"] == 200:
            error = read_body(name, body).error
        else:
            error = dialect_loader.read_error(endpoint(name), answer["status"], answer["headers"], body)
    assert error is not None
    return error.kind, error.is_retryable


HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry", "x-ratelimit-reset-requests", "date"]),
    st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{1,25}(ms|s|m)?", fullmatch=True)),
)


@given(
    st.sampled_from(dialect_loader.names()),
    st.integers(min_value=100, max_value=999),
    st.one_of(st.binary(max_size=40), TREES.map(lambda tree: json.dumps({"error": tree}).encode())),
    HEADERS,
)
def test_no_error_makes_the_reader_raise(name: str, status: int, body: bytes, headers: dict[str, str]) -> None:
    reading = dialect_loader.read_error(endpoint(name), status, headers, body)
    reading.message.encode()
    assert reading.message
    assert reading.retry_after_s is None or reading.retry_after_s >= 0
    dialect_loader.read_limits(endpoint(name), headers)
