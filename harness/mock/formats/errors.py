"""Each vendor's errors: status, headers and body by cause; those of gateways and servers are in host_errors.

Covers the error table of the dialect page: which cause comes with which status, who sends a wait and where, who says
429 for an exhausted balance, who answers 200. Wording is the mock's own where the provider's is not part of how clients
classify.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from harness.mock.formats.base import ErrorKind, ErrorReply, dumps

ErrorWriter: TypeAlias = Callable[[ErrorKind, str, float], ErrorReply]

_USUAL = {
    ErrorKind.RATE_LIMIT: "Rate limit reached for requests",
    ErrorKind.PAYMENT_REQUIRED: "You have no credit left, please check your plan and billing",
    ErrorKind.DAILY_QUOTA: "The quota of this plan is used up for today",
    ErrorKind.OVERLOADED: "The engine is currently overloaded, please try again later",
    ErrorKind.SERVER_ERROR: "The server had an error while processing your request",
    ErrorKind.BAD_KEY: "Incorrect API key provided",
    ErrorKind.NOT_FOUND: "The model does not exist or you do not have access to it",
    ErrorKind.BAD_REQUEST: "The request is not valid",
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: "The prompt is longer than the maximum context length of this model",
    ErrorKind.CONTENT_FILTERED: "The content was flagged by the safety system",
}


def said_or_usual(kind: ErrorKind, message: str) -> str:
    """The message, or where it is empty the usual one of the cause."""
    return message or _USUAL[kind]


def wait_text(seconds: float) -> str:
    """Seconds as `Retry-After` has them: whole, rounded up."""
    return str(math.ceil(seconds))


def _seconds(seconds: float) -> str:
    """A duration as OpenAI writes it: `120ms`, `1.6s`, `6m0s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"


_OPENAI = {
    ErrorKind.RATE_LIMIT: (429, "requests", "rate_limit_exceeded"),
    ErrorKind.PAYMENT_REQUIRED: (429, "insufficient_quota", "insufficient_quota"),
    ErrorKind.DAILY_QUOTA: (429, "insufficient_quota", "insufficient_quota"),
    ErrorKind.OVERLOADED: (503, "server_error", "service_unavailable"),
    ErrorKind.SERVER_ERROR: (500, "server_error", "server_error"),
    ErrorKind.BAD_KEY: (401, "invalid_request_error", "invalid_api_key"),
    ErrorKind.NOT_FOUND: (404, "invalid_request_error", "model_not_found"),
    ErrorKind.BAD_REQUEST: (400, "invalid_request_error", "invalid_value"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "invalid_request_error", "context_length_exceeded"),
    ErrorKind.CONTENT_FILTERED: (400, "invalid_request_error", "content_policy_violation"),
}


def openai(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """OpenAI: wait in `retry-after-ms`, `retry-after` and the reset headers; an exhausted balance is a 429 too."""
    status, error_type, code = _OPENAI[kind]
    headers: dict[str, str] = {"x-request-id": "req_mock"}
    if kind is ErrorKind.RATE_LIMIT:
        headers |= {
            "retry-after-ms": str(round(retry_after_s * 1000)),
            "retry-after": wait_text(retry_after_s),
            "x-ratelimit-limit-requests": "500",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": _seconds(retry_after_s),
        }
    error = {"message": said_or_usual(kind, message), "type": error_type, "param": None, "code": code}
    return ErrorReply(status=status, headers=headers, body=dumps({"error": error}))


def unsupported_parameter(name: str, message: str) -> ErrorReply:
    """OpenAI's 400 for a parameter that this model does not take."""
    error = {"message": message, "type": "invalid_request_error", "param": name, "code": "unsupported_parameter"}
    return ErrorReply(status=400, body=dumps({"error": error}))


def openai_like(
    table: Mapping[ErrorKind, tuple[int, str, str | int | None]], *, sends_wait: bool = False
) -> ErrorWriter:
    """A writer of OpenAI's envelope with other statuses, types and codes; what the table lacks is as at OpenAI."""

    def write(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
        status, error_type, code = table.get(kind, _OPENAI[kind])
        error = {"message": said_or_usual(kind, message), "type": error_type, "param": None, "code": code}
        headers = {"retry-after": wait_text(retry_after_s)} if sends_wait and status in (429, 503) else {}
        return ErrorReply(status=status, headers=headers, body=dumps({"error": error}))

    return write


_ANTHROPIC = {
    ErrorKind.RATE_LIMIT: (429, "rate_limit_error"),
    ErrorKind.PAYMENT_REQUIRED: (400, "invalid_request_error"),
    ErrorKind.DAILY_QUOTA: (400, "invalid_request_error"),
    ErrorKind.OVERLOADED: (529, "overloaded_error"),
    ErrorKind.SERVER_ERROR: (500, "api_error"),
    ErrorKind.BAD_KEY: (401, "authentication_error"),
    ErrorKind.NOT_FOUND: (404, "not_found_error"),
    ErrorKind.BAD_REQUEST: (400, "invalid_request_error"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "invalid_request_error"),
    ErrorKind.CONTENT_FILTERED: (400, "invalid_request_error"),
}
_ANTHROPIC_SAYS = {
    ErrorKind.PAYMENT_REQUIRED: "Your credit balance is too low to access the API.",
    ErrorKind.DAILY_QUOTA: "Your credit balance is too low to access the API.",
    ErrorKind.OVERLOADED: "Overloaded",
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: "prompt is too long: 250000 tokens > 200000 maximum",
    ErrorKind.CONTENT_FILTERED: "Output blocked by content filtering policy",
}


def anthropic(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """Anthropic's own: no money is a 400, overload a 529."""
    status, error_type = _ANTHROPIC[kind]
    headers = {"request-id": "req_mock"}
    if kind is ErrorKind.RATE_LIMIT:
        headers |= {"retry-after": wait_text(retry_after_s), "anthropic-ratelimit-requests-remaining": "0"}
    if status in (429, 500, 529):
        headers["x-should-retry"] = "true"
    error = {"type": error_type, "message": message or _ANTHROPIC_SAYS.get(kind, _USUAL[kind])}
    return ErrorReply(
        status=status, headers=headers, body=dumps({"type": "error", "error": error, "request_id": "req_mock"})
    )


def anthropic_compat(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """Anthropic's compatible layer: the same statuses in an envelope like OpenAI's."""
    native = anthropic(kind, message, retry_after_s)
    status, error_type = _ANTHROPIC[kind]
    said = message or _ANTHROPIC_SAYS.get(kind, _USUAL[kind])
    error = {"message": said, "type": error_type, "param": None, "code": None}
    return ErrorReply(status=status, headers=native.headers, body=dumps({"error": error}))


_XAI = {
    ErrorKind.RATE_LIMIT: (429, "resource-exhausted"),
    ErrorKind.PAYMENT_REQUIRED: (403, "permission-denied"),
    ErrorKind.DAILY_QUOTA: (429, "resource-exhausted"),
    ErrorKind.OVERLOADED: (503, "unavailable"),
    ErrorKind.SERVER_ERROR: (500, "internal"),
    ErrorKind.BAD_KEY: (400, "invalid-argument"),
    ErrorKind.NOT_FOUND: (404, "not-found"),
    ErrorKind.BAD_REQUEST: (400, "invalid-argument"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "invalid-argument"),
    ErrorKind.CONTENT_FILTERED: (403, "permission-denied"),
}


def xai(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """xAI: `error` is a string, a bad key is a 400."""
    status, code = _XAI[kind]
    headers = {"retry-after": wait_text(retry_after_s)} if kind is ErrorKind.RATE_LIMIT else {}
    return ErrorReply(status=status, headers=headers, body=dumps({"code": code, "error": said_or_usual(kind, message)}))


deepseek = openai_like(
    {
        ErrorKind.RATE_LIMIT: (429, "rate_limit_error", "invalid_request_error"),
        ErrorKind.PAYMENT_REQUIRED: (402, "unknown_error", "invalid_request_error"),
        ErrorKind.DAILY_QUOTA: (402, "unknown_error", "invalid_request_error"),
        ErrorKind.OVERLOADED: (503, "service_unavailable_error", "invalid_request_error"),
        ErrorKind.SERVER_ERROR: (500, "internal_server_error", "invalid_request_error"),
        ErrorKind.BAD_KEY: (401, "authentication_error", "invalid_request_error"),
        ErrorKind.NOT_FOUND: (400, "invalid_request_error", "invalid_request_error"),
        ErrorKind.BAD_REQUEST: (422, "invalid_request_error", "invalid_request_error"),
        ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "invalid_request_error", "invalid_request_error"),
        ErrorKind.CONTENT_FILTERED: (400, "invalid_request_error", "invalid_request_error"),
    }
)

_MOONSHOT = {
    ErrorKind.RATE_LIMIT: (429, "rate_limit_reached_error"),
    ErrorKind.PAYMENT_REQUIRED: (429, "exceeded_current_quota_error"),
    ErrorKind.DAILY_QUOTA: (429, "exceeded_current_quota_error"),
    ErrorKind.OVERLOADED: (429, "engine_overloaded_error"),
    ErrorKind.SERVER_ERROR: (500, "server_error"),
    ErrorKind.BAD_KEY: (401, "invalid_authentication_error"),
    ErrorKind.NOT_FOUND: (404, "resource_not_found_error"),
    ErrorKind.BAD_REQUEST: (400, "invalid_request_error"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "invalid_request_error"),
    ErrorKind.CONTENT_FILTERED: (400, "content_filter"),
}


def moonshot(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """Moonshot: three meanings of 429, told apart by type alone; the wait stands in the text only."""
    status, error_type = _MOONSHOT[kind]
    said = said_or_usual(kind, message)
    if kind is ErrorKind.RATE_LIMIT:
        wait = wait_text(retry_after_s)
        said = f"Your account request reached organization max RPM: 3, please try again after {wait} seconds"
    if kind is ErrorKind.CONTEXT_LENGTH_EXCEEDED and not message:
        said = "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)"
    return ErrorReply(status=status, body=dumps({"error": {"message": said, "type": error_type}}))


_DASHSCOPE = {
    ErrorKind.RATE_LIMIT: (429, "limit_requests", "limit_requests"),
    ErrorKind.PAYMENT_REQUIRED: (400, "Arrearage", "Arrearage"),
    ErrorKind.DAILY_QUOTA: (403, "AllocationQuota.FreeTierOnly", "AllocationQuota.FreeTierOnly"),
    ErrorKind.OVERLOADED: (503, "service_unavailable", "ServiceUnavailable"),
    ErrorKind.SERVER_ERROR: (500, "internal_error", "internal_error"),
    ErrorKind.BAD_KEY: (401, "invalid_request_error", "invalid_api_key"),
    ErrorKind.NOT_FOUND: (404, "invalid_request_error", "model_not_found"),
    ErrorKind.BAD_REQUEST: (400, "invalid_request_error", "invalid_parameter_error"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "invalid_request_error", "invalid_parameter_error"),
    ErrorKind.CONTENT_FILTERED: (400, "data_inspection_failed", "data_inspection_failed"),
}


def dashscope(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """DashScope: no money is a 400 `Arrearage`; no wait is given."""
    status, error_type, code = _DASHSCOPE[kind]
    said = said_or_usual(kind, message)
    if kind is ErrorKind.CONTEXT_LENGTH_EXCEEDED and not message:
        said = "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 258048]"
    error = {"code": code, "param": None, "message": said, "type": error_type}
    return ErrorReply(
        status=status,
        headers={"x-request-id": "mock-request"},
        body=dumps({"error": error, "id": "chatcmpl-mock-request", "request_id": "mock-request"}),
    )


_MINIMAX_200 = {
    ErrorKind.RATE_LIMIT: (1002, "rate limit"),
    ErrorKind.OVERLOADED: (1000, "unknown error"),
    ErrorKind.SERVER_ERROR: (1013, "internal error"),
    ErrorKind.BAD_KEY: (2049, "invalid api key"),
    ErrorKind.CONTENT_FILTERED: (1026, "input new_sensitive"),
    ErrorKind.DAILY_QUOTA: (2056, "usage limit exceeded"),
}
_MINIMAX_STATUS = {
    ErrorKind.PAYMENT_REQUIRED: (402, "insufficient_balance_error", "insufficient balance (1008)"),
    ErrorKind.NOT_FOUND: (400, "bad_request_error", "invalid params, unknown model (2013)"),
    ErrorKind.BAD_REQUEST: (400, "bad_request_error", "invalid params (2013)"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (
        400,
        "bad_request_error",
        "invalid params, context window exceeds limit (2013)",
    ),
}


def minimax(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """MiniMax: most causes under HTTP 200 in `base_resp`, some in the newer envelope with a status."""
    if kind in _MINIMAX_200:
        code, said = _MINIMAX_200[kind]
        return ErrorReply(status=200, body=dumps({"base_resp": {"status_code": code, "status_msg": message or said}}))
    status, error_type, said = _MINIMAX_STATUS[kind]
    error = {"type": error_type, "message": message or said, "http_code": str(status)}
    return ErrorReply(status=status, body=dumps({"type": "error", "error": error, "request_id": "mock"}))


_ZAI = {
    ErrorKind.RATE_LIMIT: (429, "1302"),
    ErrorKind.PAYMENT_REQUIRED: (429, "1113"),
    ErrorKind.DAILY_QUOTA: (429, "1308"),
    ErrorKind.OVERLOADED: (429, "1305"),
    ErrorKind.SERVER_ERROR: (500, "1234"),
    ErrorKind.BAD_KEY: (401, "1000"),
    ErrorKind.NOT_FOUND: (400, "1211"),
    ErrorKind.BAD_REQUEST: (400, "1214"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "1261"),
    ErrorKind.CONTENT_FILTERED: (400, "1301"),
}


def zai(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """Z.ai: the code is a string of digits, and 429 covers money and plan quota too."""
    status, code = _ZAI[kind]
    body = dumps({"error": {"code": code, "message": said_or_usual(kind, message)}})
    return ErrorReply(status=status, body=body, content_type="application/json; charset=UTF-8")


_GEMINI = {
    ErrorKind.RATE_LIMIT: (429, "RESOURCE_EXHAUSTED"),
    ErrorKind.PAYMENT_REQUIRED: (429, "RESOURCE_EXHAUSTED"),
    ErrorKind.DAILY_QUOTA: (429, "RESOURCE_EXHAUSTED"),
    ErrorKind.OVERLOADED: (503, "UNAVAILABLE"),
    ErrorKind.SERVER_ERROR: (500, "INTERNAL"),
    ErrorKind.BAD_KEY: (400, "INVALID_ARGUMENT"),
    ErrorKind.NOT_FOUND: (404, "NOT_FOUND"),
    ErrorKind.BAD_REQUEST: (400, "INVALID_ARGUMENT"),
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "INVALID_ARGUMENT"),
    ErrorKind.CONTENT_FILTERED: (400, "INVALID_ARGUMENT"),
}


def gemini(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """Gemini's compatible layer: an array of one error, the wait in `details[].retryDelay`."""
    status, name = _GEMINI[kind]
    said = said_or_usual(kind, message)
    details: list[object] = []
    if kind is ErrorKind.RATE_LIMIT:
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{retry_after_s:g}s"}]
    if kind is ErrorKind.DAILY_QUOTA:
        violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}
        details = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}]
    if kind is ErrorKind.BAD_KEY:
        said = "API key not valid. Please pass a valid API key."
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = {"code": status, "message": said, "status": name, "details": details}
    return ErrorReply(status=status, body=dumps([{"error": error}]))
