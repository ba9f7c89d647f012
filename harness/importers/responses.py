"""A stored chat-completions response read by its dialect, the way a run reads it off the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.core.types import Attempt, Completion, Endpoint, Failure, FinishReason, Json, Usage
from harness.importers.fields import instant_of, timing_at
from harness.providers import dialect_loader
from harness.providers.parsing.completeness import why_incomplete

OPENROUTER = "openrouter"
GENERIC = "generic"
OPENROUTER_ID = "gen-"
"""How OpenRouter's response ids begin (seen in all its responses since 2024)."""
_EXACT_NUMBER = re.compile(r'"\\u0000([-+.0-9eE]+)\\u0000"')


def gateway_of(response: Mapping[str, Any]) -> str | None:
    """The gateway that a response came through, as far as its id tells."""
    return OPENROUTER if str(response.get("id", "")).startswith(OPENROUTER_ID) else None


def dialect_of(gateway: str | None) -> str:
    """The dialect that reads responses of that gateway; the generic one where it is not known."""
    return gateway if gateway in dialect_loader.names() else GENERIC


def usage_of(raw: Json, gateway: str | None) -> Usage | None:
    """A usage object in the dialect of the gateway."""
    return dialect_loader.read_usage(dialect_loader.load(dialect_of(gateway)), raw)


def attempt_of(response: Mapping[str, Any], *, effective: Mapping[str, Json], status: int = 200) -> Attempt:
    """The response as an attempt at its own instant (`created`). An answer without a finish reason counts as one."""
    endpoint = reading_endpoint(gateway_of(response))
    at: datetime | None = instant_of(response.get("created"))
    parser = dialect_loader.new_parser(endpoint)
    body = exact_json(response)
    parser.feed_body(body)
    reply = parser.reply({})
    error = reply.error or why_incomplete(reply, is_stream=False)
    if not 200 <= status < 300:
        error = dialect_loader.read_error(endpoint, status, {}, body)
    has_output = bool(reply.text or reply.reasoning or reply.usage)
    if error is not None and not (has_output and reply.error is None and status < 300):
        return Failure(
            kind=error.kind,
            message=error.message,
            is_retryable=error.is_retryable,
            timing=timing_at(at),
            http_status=status,
            usage=reply.usage,
            raw_usage=reply.raw_usage,
            reported_cost_usd=reply.reported_cost_usd,
            served_model=reply.served_model,
            service_tier=reply.service_tier,
            partial_text=reply.text,
            effective=effective,
        )
    return Completion(
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason=reply.finish_reason or FinishReason.NOT_GIVEN,
        native_finish_reason=reply.native_finish_reason,
        timing=timing_at(at),
        usage=reply.usage,
        raw_usage=reply.raw_usage,
        reported_cost_usd=reply.reported_cost_usd,
        served_model=reply.served_model,
        served_by=reply.served_by,
        service_tier=reply.service_tier,
        request_id=reply.request_id or response.get("id"),
        effective=effective,
    )


def reading_endpoint(gateway: str | None) -> Endpoint:
    """An endpoint that only says which dialect reads; nothing is sent to it."""
    return Endpoint(
        label="imported", provider="imported", model="any", model_id="any", base_url="", dialect=dialect_of(gateway)
    )


def exact_json(value: object) -> bytes:
    """JSON with every digit of a Decimal."""
    text = json.dumps(value, default=lambda number: f"\0{number}\0" if isinstance(number, Decimal) else str(number))
    return _EXACT_NUMBER.sub(r"\1", text).encode()


def plain_request(request: Mapping[str, Any] | None) -> dict[str, Json]:
    """What was asked, without the prompt."""
    left_out = ("messages", "input", "prompt")
    plain: dict[str, Json] = json.loads(exact_json({k: v for k, v in (request or {}).items() if k not in left_out}))
    return plain


def effort_of(request: Mapping[str, Any] | None) -> str | None:
    """The effort that a request asked for, in either spelling."""
    asked = request or {}
    reasoning = asked.get("reasoning")
    found = asked.get("reasoning_effort") or (reasoning.get("effort") if isinstance(reasoning, Mapping) else None)
    return found if isinstance(found, str) else None
