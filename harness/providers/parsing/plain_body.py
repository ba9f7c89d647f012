"""A whole chat completion that holds nothing unusual: one choice with a text, a finish reason, and a plain usage.

Decoded into its fields at once. A body with any other field, or another kind of value in one of these, is read by
`ChatCompletionParser`, which reads these the same: a test compares the two in every dialect of the format.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.providers.format.dialect_spec import Dialect

Nothing = Literal[""] | tuple[()] | None


class PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`content` is the answer. The other fields have no value here."""

    content: str
    role: Any = None
    refusal: Nothing = None
    reasoning: Nothing = None
    reasoning_content: Nothing = None
    tool_calls: Nothing = None
    function_call: Nothing = None
    annotations: Nothing = None
    audio: Nothing = None


class PlainChoice(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The one choice. What is `Any` is never read."""

    message: PlainMessage
    finish_reason: str
    index: Literal[0] | None = None
    logprobs: Any = None
    stop_reason: Any = None


class PlainBody(msgspec.Struct, forbid_unknown_fields=True):
    """The whole body."""

    choices: tuple[PlainChoice]
    usage: dict[str, Any]
    id: str | None = None
    model: str | None = None
    object: Literal["chat.completion"] | None = None
    provider: str | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    created: Any = None
    prompt_logprobs: Any = None
    kv_transfer_params: Any = None


_BODY = msgspec.json.Decoder(PlainBody)


def read_plain_body(dialect: Dialect, body: bytes) -> PlainBody | None:
    """The fields of such a body; None for any other."""
    if dialect.usage.plain_names is None or dialect.usage.extra_usage_keys:
        return None
    try:
        return _BODY.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return None
