"""litellm's responses and chunks written out again in OpenAI's form, without what litellm invents.

It invents two things: a `stop` at the end of a stream that was cut, and counts of tokens where the provider gave none.
Its dollars are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from harness.core.types import Json

_PREFIX = "llm_provider-"
_BELIEVED = frozenset({"length", "content_filter", "tool_calls", "function_call"})
_COSTS = frozenset({"cost", "response_cost", "cost_details", "is_byok"})
_COUNTS = ("prompt_tokens", "completion_tokens")


def native_finish(stream: object) -> str | None:
    """The provider's own finish reason, where one has come; litellm invents one at the end of every stream."""
    word = getattr(stream, "received_finish_reason", None)
    return None if word is None else str(word)


def usage_seen(stream: object) -> dict[str, Json]:
    """The usage that the provider has sent so far, {} where it has sent none.

    Without a finish reason only the last chunk's counts: Anthropic's first chunk counts the tokens of the start alone.
    """
    chunks = list(getattr(stream, "chunks", ()))
    if native_finish(stream) is None:
        chunks = chunks[-1:]
    told = [usage for one in chunks if (usage := getattr(one, "usage", None)) is not None]
    dump = getattr(told[-1], "model_dump", None) if told else None
    seen: dict[str, Json] = {} if dump is None else dump(mode="json", exclude_none=True)
    return {name: value for name, value in seen.items() if name not in _COSTS}


def ending_events(stream: object) -> Iterator[bytes]:
    """What litellm keeps back, or does not say, at the end of a stream: usage, finish reason, end mark."""
    usage, finish = usage_seen(stream), native_finish(stream)
    choice = {"index": 0, "delta": {}, "finish_reason": _finish({"finish_reason": "stop"}, finish)} if finish else None
    if usage or choice:
        yield event_bytes(json_bytes({"choices": [choice] if choice else [], "usage": usage or None}))
    if finish is not None:
        yield event_bytes(b"[DONE]")


def error_headers(error: BaseException) -> dict[str, str]:
    """The provider's headers that an exception carries."""
    response = getattr(error, "response", None)
    return {
        **_plain_headers(getattr(response, "headers", None)),
        **_plain_headers(getattr(error, "litellm_response_headers", None)),
    }


def response_headers(answer: object) -> dict[str, str]:
    """The provider's headers of a response."""
    hidden = getattr(answer, "_hidden_params", None) or {}
    return {
        **_plain_headers(hidden.get("additional_headers")),
        **_plain_headers(getattr(answer, "_response_headers", None)),
    }


def _plain_headers(headers: object) -> dict[str, str]:
    """The provider's headers under their own names; litellm's own, its dollars among them, left out."""
    if not hasattr(headers, "items"):
        return {}
    named = {str(name).lower().removeprefix(_PREFIX): str(value) for name, value in headers.items()}
    return {name: value for name, value in named.items() if not name.startswith("x-litellm")}


def whole_body(answer: object) -> bytes:
    """A response that was not streamed, as a body in OpenAI's form."""
    document = _document(answer)
    for choice in _choices(document):
        choice["finish_reason"] = _finish(choice, None)
    return json_bytes(document)


def chunk_document(chunk: object, stream: object) -> dict[str, Json]:
    """A chunk without what litellm invented."""
    document = _document(chunk)
    native = native_finish(stream)
    for choice in _choices(document):
        if choice.get("finish_reason") is None:
            continue
        if native is None:  # litellm ends every stream with `stop`, one that was cut too
            del choice["finish_reason"]
        else:
            choice["finish_reason"] = _finish(choice, native)
    usage = document.get("usage")
    if isinstance(usage, dict):
        counted = _counted(usage, [getattr(one, "usage", None) for one in getattr(stream, "chunks", ())])
        document["usage"] = counted or None
    return document


def _finish(choice: Mapping[str, Json], native: str | None) -> str:
    """The provider's own word where litellm shows it; its `stop`, also said for words it does not know, marked.

    Source: `map_finish_reason` in litellm's `litellm_core_utils/core_helpers.py`, 1.83.0 and 1.106.2.
    """
    word = str(choice.get("finish_reason"))
    fields = choice.get("provider_specific_fields")
    shown = fields.get("native_finish_reason") if isinstance(fields, Mapping) else None
    own = str(shown or native or word)
    if own not in (word, "stop"):
        return own
    return _believed(word)


def _believed(word: str) -> str:
    return word if word in _BELIEVED else f"litellm:{word}"


def _counted(usage: Mapping[str, Json], told: list[object]) -> dict[str, Json]:
    """The usage as the provider gave it: litellm counts with a tokenizer of its own what was not given."""
    kept = dict(usage)
    for name in _COUNTS:
        if not any(getattr(one, name, None) == usage.get(name) for one in told if one is not None):
            kept.pop(name, None)
    if any(name not in kept for name in _COUNTS):
        kept.pop("total_tokens", None)
    return kept if any(name in kept for name in _COUNTS) else {}


def _document(answer: object) -> dict[str, Json]:
    dump = getattr(answer, "model_dump", None)
    assert dump is not None, f"litellm answered with a {type(answer).__name__}"
    document: dict[str, Json] = dump(mode="json", exclude_none=True)
    usage = document.get("usage")
    if isinstance(usage, dict):
        document["usage"] = {name: value for name, value in usage.items() if name not in _COSTS}
    return document


def _choices(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    choices = document.get("choices")
    return [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []


def json_bytes(document: Mapping[str, Json]) -> bytes:
    """The document as compact JSON."""
    return json.dumps(document, separators=(",", ":"), default=str).encode()


def event_bytes(data: bytes) -> bytes:
    """One server-sent event with that data."""
    return b"data: " + data + b"\n\n"
