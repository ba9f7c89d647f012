"""Reading the Responses API: named events, an envelope that repeats them, refusals, and failures inside a stream."""

from __future__ import annotations

import json

import pytest

from harness.core.types import FailureKind, FinishReason, Json
from tests.providers.reading import event, read_body, read_events

USAGE: dict[str, Json] = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
MESSAGE: dict[str, Json] = {"type": "message", "content": [{"type": "output_text", "text": "Six."}]}


def envelope(status: str = "completed", **fields: Json) -> dict[str, Json]:
    return {"id": "r", "model": "m-1", "status": status, "output": [MESSAGE], "usage": USAGE, **fields}


def test_text_that_came_in_deltas_is_not_taken_again_from_the_envelope() -> None:
    found = read_events(
        "openai_responses",
        [
            event("response.output_text.delta", delta="Si"),
            event("response.output_text.delta", delta="x."),
            event("response.completed", response=envelope()),
        ],
    )
    assert (found.text, found.finish_reason, found.is_complete) == ("Six.", FinishReason.STOP, True)
    assert found.usage is not None
    assert found.usage.completion_tokens == 5


def test_an_envelope_alone_holds_the_answer() -> None:
    found = read_body("openai_responses", json.dumps(envelope()).encode())
    assert (found.text, found.is_complete, found.error) == ("Six.", True, None)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", FinishReason.LENGTH), ("content_filter", FinishReason.REFUSED)],
)
def test_an_incomplete_response_says_why(reason: str, finish: FinishReason) -> None:
    body = json.dumps(envelope("incomplete", incomplete_details={"reason": reason})).encode()
    assert read_body("openai_responses", body).finish_reason is finish


def test_a_refusal_that_a_gateway_sends_whole_is_a_refusal() -> None:
    found = read_events(
        "openai_responses",
        [
            event("response.refusal.done", refusal="I cannot."),
            event("response.completed", response=envelope(output=[])),
        ],
    )
    assert (found.text, found.finish_reason) == ("I cannot.", FinishReason.REFUSED)


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    found = read_events(
        "openai_responses",
        [
            event("response.reasoning_summary_text.delta", delta="Twice three."),
            event("response.output_text.delta", delta="Six."),
            event("response.completed", response=envelope()),
        ],
    )
    assert (found.reasoning, found.text) == ("Twice three.", "Six.")


def test_a_stream_that_fails_keeps_what_came_for_it_may_be_billed() -> None:
    error: dict[str, Json] = {"code": "server_error", "message": "The server had an error"}
    found = read_events(
        "openai_responses",
        [
            event("response.output_text.delta", delta="Si"),
            event("response.failed", response=envelope("failed", output=[], error=error)),
        ],
    )
    assert found.error is not None
    assert found.error.kind is FailureKind.SERVER_ERROR
    assert found.text == "Si"
    assert found.usage is not None


def test_a_body_without_output_is_no_empty_answer() -> None:
    body = json.dumps({"id": "r", "status": "completed", "usage": USAGE}).encode()
    found = read_body("openai_responses", body)
    assert found.error is not None
    assert found.error.kind is FailureKind.MALFORMED_RESPONSE
