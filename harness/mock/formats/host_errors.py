"""Errors of gateways, hosts and self-hosted servers: status, headers and body by cause."""

from __future__ import annotations

from harness.mock.formats.base import ErrorKind, ErrorReply, dumps
from harness.mock.formats.errors import openai, openai_like, said_or_usual, wait_text

_OPENROUTER = {
    ErrorKind.RATE_LIMIT: 429,
    ErrorKind.PAYMENT_REQUIRED: 402,
    ErrorKind.DAILY_QUOTA: 429,
    ErrorKind.OVERLOADED: 503,
    ErrorKind.SERVER_ERROR: 502,
    ErrorKind.BAD_KEY: 401,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.BAD_REQUEST: 400,
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: 400,
    ErrorKind.CONTENT_FILTERED: 403,
}


def openrouter(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """OpenRouter: `code` is the status as a number; a wait on 429 and 503."""
    status = _OPENROUTER[kind]
    said = said_or_usual(kind, message)
    headers = {"retry-after": wait_text(retry_after_s)} if status in (429, 503) else {}
    if kind is ErrorKind.DAILY_QUOTA:
        said = "Rate limit exceeded: free-models-per-day"
        headers = {"x-ratelimit-limit": "50", "x-ratelimit-remaining": "0"}
    if kind is ErrorKind.CONTEXT_LENGTH_EXCEEDED and not message:
        said = "This endpoint's maximum context length is 131072 tokens. However, you requested about 200000 tokens."
    error = {"code": status, "message": said, "metadata": {"provider_name": "Mock"}}
    return ErrorReply(status=status, headers=headers, body=dumps({"error": error}))


groq = openai_like(
    {
        ErrorKind.RATE_LIMIT: (429, "tokens", "rate_limit_exceeded"),
        ErrorKind.CONTEXT_LENGTH_EXCEEDED: (413, "tokens", "rate_limit_exceeded"),
        ErrorKind.OVERLOADED: (503, "internal_server_error", "service_unavailable"),
    },
    sends_wait=True,
)
together = openai_like(
    {
        ErrorKind.PAYMENT_REQUIRED: (402, "credit_limit", "insufficient_funds"),
        ErrorKind.RATE_LIMIT: (429, "model_rate_limit", None),
        ErrorKind.OVERLOADED: (503, "service_unavailable", None),
    }
)
vllm = openai_like(
    {
        ErrorKind.BAD_REQUEST: (400, "BadRequestError", 400),
        ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "BadRequestError", 400),
        ErrorKind.NOT_FOUND: (404, "NotFoundError", 404),
        ErrorKind.SERVER_ERROR: (500, "InternalServerError", 500),
        ErrorKind.OVERLOADED: (503, "ServiceUnavailableError", 503),
        ErrorKind.BAD_KEY: (401, "Unauthorized", 401),
    }
)
ollama = openai_like(
    {
        ErrorKind.NOT_FOUND: (404, "not_found_error", None),
        ErrorKind.OVERLOADED: (503, "api_error", None),
        ErrorKind.SERVER_ERROR: (500, "api_error", None),
    }
)

_LLAMACPP = {
    ErrorKind.CONTEXT_LENGTH_EXCEEDED: (400, "exceed_context_size_error"),
    ErrorKind.OVERLOADED: (503, "unavailable_error"),
    ErrorKind.SERVER_ERROR: (500, "server_error"),
    ErrorKind.BAD_KEY: (401, "authentication_error"),
    ErrorKind.NOT_FOUND: (404, "not_found_error"),
}


def llamacpp(kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
    """llama.cpp: 503 while the model loads, its own type for a prompt that is too long."""
    status, error_type = _LLAMACPP.get(kind, (openai(kind, "", 0).status, "invalid_request_error"))
    said = message or ("Loading model" if kind is ErrorKind.OVERLOADED else said_or_usual(kind, ""))
    return ErrorReply(status=status, body=dumps({"error": {"code": status, "message": said, "type": error_type}}))
