"""A body decoded into its fields at once gives the reply that the reader of all bodies gives, in every dialect."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.core.types import Json
from harness.providers import dialect_loader
from harness.providers.format.dialect_spec import Dialect
from harness.providers.format.wire_types import ParsedResponse
from harness.providers.parsing.chat_completions import ChatCompletionParser, chat_completion_parser
from harness.providers.parsing.plain_body import read_plain_body

LOADED = map(dialect_loader.load, dialect_loader.names())
DIALECTS = [dialect for dialect in LOADED if dialect.parser is chat_completion_parser]
HEADERS = [{}, {"x-request-id": "r-7", "x-litellm-response-cost": "0.5"}, {"x-gemini-service-tier": "flex"}]
ODD = st.sampled_from([None, "", "x", 0, 1, 0.5, True, [], ["x"], {}, {"x": 1}, "null", "error", "<think>a</think>b"])
PLACES = [(), ("usage",), ("choices", "0"), ("choices", "0", "message"), ("usage", "completion_tokens_details")]
NAMES = st.sampled_from(
    [
        *("id", "object", "model", "created", "choices", "usage", "provider", "service_tier", "system_fingerprint"),
        *("error", "message", "base_resp", "citations", "request_id", "timings", "x_groq", "usage_breakdown"),
        *("index", "finish_reason", "logprobs", "delta", "text", "content", "role", "refusal", "tool_calls"),
        *("reasoning", "reasoning_content", "reasoning_details", "annotations", "audio", "function_call", "speed"),
        *("prompt_tokens", "completion_tokens", "total_tokens", "reasoning_tokens", "cost", "flags"),
    ]
)

CHOICE, MESSAGE = ("choices", "0"), ("choices", "0", "message")
USUAL: list[tuple[tuple[str, ...], str, Json]] = [
    *((CHOICE, "finish_reason", word) for word in ("length", "MAX_TOKENS", "content_filter: X", "tool_calls", "new")),
    *((CHOICE, name, {"a": [0.5]}) for name in ("logprobs", "stop_reason")),
    *((MESSAGE, "content", text) for text in ("<b>6</b>", "a</think>6", " <thinking>a</thinking>6", " ", "6\n")),
    *((MESSAGE, name, None) for name in ("refusal", "reasoning", "tool_calls", "role")),
    *((MESSAGE, name, []) for name in ("annotations", "tool_calls")),
    *(((), name, word) for name in ("id", "model", "provider", "service_tier", "system_fingerprint") for word in "x "),
    *(((), name, "") for name in ("id", "model", "provider", "service_tier", "system_fingerprint")),
    ((), "created", 1.5),
    ((), "usage", {"prompt_tokens": 20, "completion_tokens": 0, "total_tokens": 20}),
    ((), "usage", {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3, "prompt_tokens_details": None}),
    (("usage",), "prompt_tokens_details", {"cached_tokens": 8, "audio_tokens": 0}),
]
CHANGES = st.one_of(st.sampled_from(USUAL), st.sampled_from(USUAL), st.tuples(st.sampled_from(PLACES), NAMES, ODD))


def plain_body() -> dict[str, Json]:
    """What most answers are."""
    return {
        "id": "c-1",
        "object": "chat.completion",
        "model": "mock",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x < 6 é"}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 20,
            "completion_tokens": 10,
            "total_tokens": 30,
            "completion_tokens_details": {"reasoning_tokens": 4},
        },
    }


def changed(body: dict[str, Json], place: tuple[str, ...], name: str, value: Json) -> dict[str, Json]:
    """The body with another value under a name at a place, as far as that place is there; `0`: the first of a list."""
    inner: Json = body
    for step in place:
        if step == "0":
            inner = inner[0] if isinstance(inner, list) and inner else None
        else:
            inner = inner.get(step) if isinstance(inner, dict) else None
    if isinstance(inner, dict):
        inner[name] = value
    return body


def both(dialect: Dialect, body: bytes, headers: Mapping[str, str], traits: frozenset[str]) -> list[ParsedResponse]:
    """The reply as it is read, and as the reader of all bodies has it."""
    read, read_as_any = (ChatCompletionParser(dialect, traits) for _ in range(2))
    read.feed_body(body)
    read_as_any.feed_any_body(body)
    assert read.stage is read_as_any.stage
    assert read.content_chars == read_as_any.content_chars
    return [read.reply(headers), read_as_any.reply(headers)]


@given(
    dialect=st.sampled_from(DIALECTS),
    changes=st.lists(CHANGES, max_size=3),
    headers=st.sampled_from(HEADERS),
    traits=st.sampled_from([frozenset[str](), frozenset({"starts_in_think"})]),
)
@example(dialect=DIALECTS[0], changes=[(("choices", "0"), "finish_reason", "null")], headers={}, traits=frozenset())
@example(
    dialect=DIALECTS[0],
    changes=[(("choices", "0", "message"), "content", "<think>a</think>b")],
    headers={},
    traits=frozenset(),
)
@example(dialect=DIALECTS[0], changes=[((), "service_tier", "x")], headers=HEADERS[2], traits=frozenset())
def test_a_plain_body_is_read_as_any_body_is(
    dialect: Dialect,
    changes: list[tuple[tuple[str, ...], str, Json]],
    headers: Mapping[str, str],
    traits: frozenset[str],
) -> None:
    body = plain_body()
    for place, name, value in changes:
        body = changed(body, place, name, value)
    read, read_as_any = both(dialect, json.dumps(body).encode(), headers, traits)
    assert read == read_as_any


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf" + json.dumps(plain_body()).encode(),
        json.dumps(plain_body()).encode() + b" \n",
        json.dumps(plain_body()).encode() + b"x",
        json.dumps(plain_body()).encode().replace(b'"mock"', b'"\xff"'),
        json.dumps(plain_body()).encode().replace(b'"mock"', b'"\\ud83d"'),
        json.dumps(plain_body()).encode().replace(b"20", b"20.0"),
        json.dumps(plain_body()).encode().replace(b'"id"', b'"model": "other", "id"'),
        json.dumps(plain_body()).encode().replace(b'"id"', b'"created": 1e999, "id"'),
        json.dumps(plain_body()).encode().replace(b'"id"', b'"created": NaN, "id"'),
        json.dumps(plain_body()).encode().replace(b'"id"', b'"created": ' + b"[" * 3000 + b"]" * 3000 + b', "id"'),
    ],
)
def test_bytes_that_are_no_usual_json_are_read_as_any_body_is(body: bytes) -> None:
    for dialect in DIALECTS:
        read, read_as_any = both(dialect, body, {}, frozenset())
        assert read == read_as_any, dialect.name


def test_most_answers_are_plain() -> None:
    generic = dialect_loader.load("generic")
    assert read_plain_body(generic, json.dumps(plain_body()).encode()) is not None
    body = changed(plain_body(), ("choices", "0", "message"), "reasoning_content", "so")
    assert read_plain_body(generic, json.dumps(body).encode()) is None
