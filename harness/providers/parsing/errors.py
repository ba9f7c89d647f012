"""The cause of a provider's error, and whether a retry may succeed.

Covers error statuses, errors under HTTP 200, and errors inside a stream. The dialect's own codes and words decide
before the general tables here, the status last; a used-up quota that is stated in any way decides over a vague cause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from harness.core.types import FailureKind, Json
from harness.providers.format.dialect_spec import Dialect, ErrorFields
from harness.providers.format.json_payload import InvalidJson, as_text, decode, get_path, shorten
from harness.providers.format.wire_types import ProviderError
from harness.providers.parsing.error_waits import wait_in_body, wait_in_words
from harness.providers.parsing.quota import MIN_QUOTA_WAIT_S, VAGUE_KINDS, is_stated_in_details, is_stated_in_words
from harness.providers.parsing.rate_limit_headers import retry_after_s, server_now

RETRYABLE = frozenset(
    {
        FailureKind.RATE_LIMITED,
        FailureKind.OVERLOADED,
        FailureKind.SERVER_ERROR,
        FailureKind.INTERRUPTED,
        FailureKind.MALFORMED_RESPONSE,
        FailureKind.EMPTY_RESPONSE,
    }
)
"""Causes after which a retry may succeed; all others are permanent for the same request."""

STATUSES: Mapping[int, FailureKind] = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.UNAUTHORIZED,
    402: FailureKind.PAYMENT_REQUIRED,
    403: FailureKind.UNAUTHORIZED,
    404: FailureKind.NOT_FOUND,
    405: FailureKind.NOT_FOUND,
    # Request Timeout and Conflict may pass by themselves; SDKs of OpenAI and Anthropic retry both.
    408: FailureKind.SERVER_ERROR,
    409: FailureKind.SERVER_ERROR,
    410: FailureKind.NOT_FOUND,
    413: FailureKind.CONTEXT_LENGTH_EXCEEDED,
    # Too Early (RFC 8470): the same request may be sent again.
    425: FailureKind.SERVER_ERROR,
    429: FailureKind.RATE_LIMITED,
    # Unavailable For Legal Reasons (RFC 7725).
    451: FailureKind.CONTENT_FILTERED,
    498: FailureKind.OVERLOADED,  # Groq, flex capacity
    499: FailureKind.SERVER_ERROR,  # Moonshot, client_closed_request
    503: FailureKind.OVERLOADED,
    529: FailureKind.OVERLOADED,  # Anthropic
}

CODES: Mapping[str, FailureKind] = {
    "insufficient_quota": FailureKind.PAYMENT_REQUIRED,
    "billing_hard_limit_reached": FailureKind.PAYMENT_REQUIRED,
    "billing_not_active": FailureKind.PAYMENT_REQUIRED,
    "billing_error": FailureKind.PAYMENT_REQUIRED,
    "insufficient_balance": FailureKind.PAYMENT_REQUIRED,
    "context_length_exceeded": FailureKind.CONTEXT_LENGTH_EXCEEDED,
    "exceed_context_size_error": FailureKind.CONTEXT_LENGTH_EXCEEDED,
    "request_too_large": FailureKind.CONTEXT_LENGTH_EXCEEDED,
    "string_above_max_length": FailureKind.CONTEXT_LENGTH_EXCEEDED,
    "content_filter": FailureKind.CONTENT_FILTERED,
    "content_policy_violation": FailureKind.CONTENT_FILTERED,
    "invalid_prompt": FailureKind.CONTENT_FILTERED,
    "model_not_found": FailureKind.NOT_FOUND,
    "not_found_error": FailureKind.NOT_FOUND,
    "invalid_api_key": FailureKind.UNAUTHORIZED,
    "authentication_error": FailureKind.UNAUTHORIZED,
    "permission_error": FailureKind.UNAUTHORIZED,
    "overloaded_error": FailureKind.OVERLOADED,
    "server_overloaded": FailureKind.OVERLOADED,
    "rate_limit_error": FailureKind.RATE_LIMITED,
    "rate_limit_exceeded": FailureKind.RATE_LIMITED,
    "api_error": FailureKind.SERVER_ERROR,
    "server_error": FailureKind.SERVER_ERROR,
    "internal_server_error": FailureKind.SERVER_ERROR,
    "internal_error": FailureKind.SERVER_ERROR,
}

MESSAGES: tuple[tuple[str, FailureKind], ...] = (
    (r"insufficient (account )?(balance|funds?|credits?|quota)", FailureKind.PAYMENT_REQUIRED),
    (r"credit balance is too low|out of credits?|(requires|need) more credits", FailureKind.PAYMENT_REQUIRED),
    (r"(have|has) (no|any|insufficient) (credits?|licenses)", FailureKind.PAYMENT_REQUIRED),
    (
        r"(available|prepa(y|id)\w*|all) credits|spending limit|enable billing|overdue payment",
        FailureKind.PAYMENT_REQUIRED,
    ),
    (r"余额不足|欠费", FailureKind.PAYMENT_REQUIRED),
    (r"(incorrect|invalid|expired|missing|no) (api[ -]?key|x-api-key)|invalid token", FailureKind.UNAUTHORIZED),
    (r"api[ -]?key.{0,20}(not valid|invalid|expired|not found|incorrect|missing)", FailureKind.UNAUTHORIZED),
    (
        r"context (length|window|size)|prompt is too long|(input|prompt|request).{0,12} too (long|large)",
        FailureKind.CONTEXT_LENGTH_EXCEEDED,
    ),
    (
        r"(maximum|max) (prompt|input|context|model) (length|tokens)|model token limit",
        FailureKind.CONTEXT_LENGTH_EXCEEDED,
    ),
    (
        r"input (token|length).{0,40}(exceed|should be)|prompt exceeds|reduce the length",
        FailureKind.CONTEXT_LENGTH_EXCEEDED,
    ),
    (r"content (management )?policy|safety (system|policy|reason)|inappropriate content", FailureKind.CONTENT_FILTERED),
    (r"flagged|moderation|data_inspection_failed|sensitive (content|information)", FailureKind.CONTENT_FILTERED),
)

# Messages go into logs, reports and issues; OpenAI's 401 repeats the key with its middle starred out.
_KEY = re.compile(r"\b(?:sk|ak|rk|pk|xai|gsk|csk|tgp|key|AIza)[-_]?[A-Za-z0-9][\w*-]{10,}")


def read_error_body(dialect: Dialect, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The meaning of an answer whose status is not 2xx. Never raises, whatever the body."""
    try:
        document = decode(body) if body.strip() else None
    except InvalidJson:
        document = None
    if document is None:
        facts = ErrorFields(status=status, codes=(), message=_bare_message(status, body), details=None)
        kind = dialect.empty_body_errors.get(status) if not body.strip() else None
        return _reading(dialect, facts, headers, kind=kind)
    return _reading(dialect, error_facts(document, status), headers)


def read_error_value(dialect: Dialect, document: Json, *, in_midstream: bool = False) -> ProviderError:
    """The meaning of an error object under HTTP 200, whole or inside a stream.

    Once text has come, the request was accepted: then what calls itself a bad request broke off the answer.
    """
    reading = _reading(dialect, error_facts(document, None), {})
    if in_midstream and reading.kind is FailureKind.BAD_REQUEST:
        return ProviderError(
            kind=FailureKind.INTERRUPTED,
            message=reading.message,
            is_retryable=True,
            retry_after_s=reading.retry_after_s,
        )
    return reading


def retryable(kind: FailureKind, message: str, *, retry_after: float | None = None) -> ProviderError:
    """An error whose cause alone decides whether it may be retried."""
    return ProviderError(
        kind=kind, message=redacted(message), is_retryable=kind in RETRYABLE, retry_after_s=retry_after
    )


def redacted(message: str) -> str:
    """The message on one line, without anything that looks like a key: some providers repeat it."""
    return shorten(_KEY.sub("<key>", message))


def error_facts(document: Json, status: int | None) -> ErrorFields:
    """What an error document says. Shapes seen: `error` as object or text, arrays, `base_resp`, FastAPI's `detail`."""
    if isinstance(document, list):
        document = document[0] if document else None
    if not isinstance(document, Mapping):
        return ErrorFields(status=status, codes=(), message=shorten(str(document)), details=None)
    inner = document.get("error")
    base = document.get("base_resp")
    if isinstance(inner, Mapping):
        details: Mapping[str, Json] = inner
    elif isinstance(base, Mapping):
        details = {"code": base.get("status_code"), "message": base.get("status_msg")}
    else:
        details = {**document, "message": inner or document.get("message") or document.get("detail")}
    words = [details.get(name) for name in ("code", "type", "status", "http_code", "status_code", "name")]
    codes = tuple(str(word).lower() for word in words if isinstance(word, (str, int)) and not isinstance(word, bool))
    return ErrorFields(
        status=status if status is not None else _status_in(details),
        codes=codes,
        message=_message(details),
        details=document,
    )


def _status_in(details: Mapping[str, Json]) -> int | None:
    """The HTTP status a body names for itself, as some do under HTTP 200."""
    for name in ("http_code", "status_code", "status", "code"):
        text = str(details.get(name))
        if len(text) == 3 and text.isascii() and text.isdigit() and 300 <= int(text) <= 599:
            return int(text)
    return None


def _message(details: Mapping[str, Json]) -> str:
    said = details.get("message")
    parts = [said if isinstance(said, str) else "" if said is None else str(said)]
    raw = as_text(get_path(details, "metadata.raw"))  # OpenRouter: what the host behind it said
    if raw:
        parts.append(raw)
    return ": ".join(part for part in parts if part) or shorten(str(dict(details)))


def _bare_message(status: int, body: bytes) -> str:
    text = re.sub(r"<[^>]*>", " ", body[:4000].decode("utf-8", "replace"))
    return shorten(text, 200) or f"HTTP {status} without a body"


def _reading(
    dialect: Dialect, facts: ErrorFields, headers: Mapping[str, str], *, kind: FailureKind | None = None
) -> ProviderError:
    found = dialect.classify_error(facts) if dialect.classify_error is not None and kind is None else None
    if found is None:
        found = retryable(kind or _kind(dialect, facts), facts.message)
    now = server_now(headers)
    if _is_quota_used_up(found.kind, facts, now):
        found = retryable(FailureKind.QUOTA_EXHAUSTED, found.message)
    # The header first: it is meant for programs, while the words of a message are rounded or of another limit.
    waits = (retry_after_s(headers), found.retry_after_s, wait_in_body(facts, now), wait_in_words(facts.message, now))
    shortest = MIN_QUOTA_WAIT_S if found.kind is FailureKind.QUOTA_EXHAUSTED else 0.0
    return ProviderError(
        kind=found.kind,
        message=redacted(found.message),
        is_retryable=_may_retry(found, facts.status, headers),
        retry_after_s=next((wait for wait in waits if wait is not None and wait >= shortest), None),
    )


def _is_quota_used_up(kind: FailureKind, facts: ErrorFields, now: datetime) -> bool:
    """Whether a vague cause is a used-up quota. A sentence that names a wait of seconds tells of a sliding window."""
    if kind not in VAGUE_KINDS:
        return False
    if is_stated_in_details(facts):
        return True
    wait = wait_in_words(facts.message, now)
    return is_stated_in_words(facts) and (wait is None or wait >= MIN_QUOTA_WAIT_S)


def _may_retry(found: ProviderError, status: int | None, headers: Mapping[str, str]) -> bool:
    """As found, unless the provider forbids it; what is permanent stays so whatever a header says."""
    # Stainless-made SDKs (OpenAI, Anthropic) obey this header too. 501 Not Implemented cannot pass.
    if headers.get("x-should-retry", "").strip().lower() == "false" or status == 501:
        return False
    return found.is_retryable


def _kind(dialect: Dialect, facts: ErrorFields) -> FailureKind:
    """The cause: by the dialect's words and codes, then too large by status, then the general ones, then the status."""
    said = _said(facts.message, dialect.messages)
    if said is not None:
        return said
    for code in facts.codes:
        if code in dialect.codes:
            return dialect.codes[code]
    if facts.status == 413:  # Groq gives it the code of a rate limit, yet it can never succeed
        return FailureKind.CONTEXT_LENGTH_EXCEEDED
    general = [CODES[code] for code in facts.codes if code in CODES]
    # Gateways answer "server_error" for what the host behind them refused; its own words say what it was.
    is_vague = not general or general[0] in (FailureKind.SERVER_ERROR, FailureKind.RATE_LIMITED)
    said = _said(facts.message, MESSAGES) if is_vague else None
    if said is not None and _fits(said, facts):
        return said
    return general[0] if general else _by_status(facts.status)


def _fits(said: FailureKind, facts: ErrorFields) -> bool:
    """Under a 429 only words of money and of a request too large for any minute are believed."""
    if facts.status != 429:
        return True
    is_too_large = said is FailureKind.CONTEXT_LENGTH_EXCEEDED and "request too large" in facts.message.lower()
    return said is FailureKind.PAYMENT_REQUIRED or is_too_large


def _said(message: str, patterns: tuple[tuple[str, FailureKind], ...]) -> FailureKind | None:
    return next((kind for pattern, kind in patterns if re.search(pattern, message, re.IGNORECASE)), None)


def _by_status(status: int | None) -> FailureKind:
    if status is None:
        return FailureKind.INTERRUPTED
    if status in STATUSES:
        return STATUSES[status]
    if 300 <= status < 400:
        return FailureKind.REDIRECTED
    return FailureKind.SERVER_ERROR if status >= 500 else FailureKind.BAD_REQUEST
