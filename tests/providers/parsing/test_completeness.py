"""Whether a response that arrived is a whole answer."""

from __future__ import annotations

import json

import pytest

from harness.core.types import FailureKind, Json
from harness.providers import dialect_loader
from harness.providers.parsing.usage import read_usage
from tests.cases import all_cases
from tests.providers.parsing.streams import delta, stream, whole
from tests.providers.reading import read_body


@all_cases(
    ("body", "kind"),
    [
        (b"", FailureKind.EMPTY_RESPONSE),
        (b"\n\n", FailureKind.EMPTY_RESPONSE),
        (b"<html>busy</html>", FailureKind.MALFORMED_RESPONSE),
        (b'{"choices": [', FailureKind.MALFORMED_RESPONSE),
        (b'"text"', FailureKind.MALFORMED_RESPONSE),
        (b"[]", FailureKind.MALFORMED_RESPONSE),
        (b"\xff\xfe", FailureKind.MALFORMED_RESPONSE),
        (b"[" * 100_000, FailureKind.MALFORMED_RESPONSE),
        (b'{"a": ' + b"9" * 5000 + b"}", FailureKind.MALFORMED_RESPONSE),
        (b'{"status": "ok"}', FailureKind.MALFORMED_RESPONSE),
        (b'{"choices": []}', FailureKind.EMPTY_RESPONSE),
        (whole(""), FailureKind.EMPTY_RESPONSE),
        (whole(None), FailureKind.EMPTY_RESPONSE),
        (whole("", usage={"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5}), FailureKind.EMPTY_RESPONSE),
        (b'{"error": {"message": "Too busy", "code": 503}}', FailureKind.OVERLOADED),
        (b'{"error": "overloaded", "code": "server_overloaded"}', FailureKind.OVERLOADED),
        (b'{"code": "internal_error", "message": "Try again", "request_id": "r"}', FailureKind.SERVER_ERROR),
        (b'[{"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}]', FailureKind.RATE_LIMITED),
    ],
)
def test_a_200_without_an_answer_is_an_error(body: bytes, kind: FailureKind) -> None:
    reply = read_body("gemini_compat", body)
    assert reply.error is not None
    assert reply.error.kind is kind
    assert reply.error.is_retryable


@pytest.mark.parametrize("finish", ["length", "content_filter", "tool_calls"])
def test_an_empty_answer_with_a_reason_is_an_answer(finish: str) -> None:
    assert read_body("openai", whole("", finish)).error is None


def test_an_empty_answer_after_billed_thinking_is_the_models_own() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 90, "total_tokens": 95}
    assert read_body("openai", whole("", usage=usage)).error is None


def test_a_cut_stream_is_not_complete_and_keeps_what_came() -> None:
    reply = stream(delta(content="It is"))
    assert (reply.is_complete, reply.text, reply.error) == (False, "It is", None)
    assert stream(delta(content="It is"), delta("stop")).is_complete
    assert stream(delta(content="It is"), b"[DONE]").is_complete
    assert not stream().is_complete


def with_running_usage(completion: int, **choice: Json) -> bytes:
    usage = {"prompt_tokens": 9, "completion_tokens": completion, "total_tokens": 9 + completion}
    return json.dumps({"choices": [{"index": 0, "delta": {"content": "w"}, **choice}], "usage": usage}).encode()


def test_running_counts_of_a_cut_stream_are_no_completion_count() -> None:
    reply = stream(with_running_usage(1), with_running_usage(2))
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (9, None)
    assert reply.raw_usage == {"prompt_tokens": 9, "completion_tokens_so_far": 2, "total_tokens_so_far": 11}
    assert read_usage(dialect_loader.load("openai"), reply.raw_usage) == reply.usage


@pytest.mark.parametrize(
    "last", [with_running_usage(3, finish_reason="stop"), b"[DONE]"], ids=["the finish chunk has them", "end mark"]
)
def test_running_counts_are_final_once_the_stream_is(last: bytes) -> None:
    reply = stream(with_running_usage(3), last)
    assert reply.usage is not None
    assert reply.usage.completion_tokens == 3
