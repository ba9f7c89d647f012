"""Refusals in every shape are refusals, never empty or wrong answers: each dialect, streamed and whole."""

from __future__ import annotations

import asyncio
import json

import pytest

from harness.core.types import Attempt, Completion, FinishReason, Json
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ParsedResponse
from tests.cases import all_cases
from tests.providers.calling import BACKENDS, Visit, all_attempts, calling, job, raw_server, whole
from tests.providers.reading import event, read_body, read_events

SAID = "I can't help with that."
PATHS = {name: dialect_loader.load(name).path for name in dialect_loader.names()}
CHAT = [name for name, path in PATHS.items() if path == "/chat/completions"]
RESPONSES = [name for name, path in PATHS.items() if path == "/responses"]
MESSAGES = [name for name, path in PATHS.items() if path == "/messages"]
USAGE = {"prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15}
PART = {"type": "refusal", "refusal": SAID}

MESSAGE_SHAPES: dict[str, dict[str, Json]] = {
    "beside null": {"content": None, "refusal": SAID},
    "beside an empty text": {"content": "", "refusal": SAID},
    "without content": {"refusal": SAID},
    "beside an empty list": {"content": [], "refusal": SAID},
    "as a part": {"content": [PART]},
    "as a part after an empty text": {"content": [{"type": "text", "text": ""}, PART]},
}


def chunk(delta: Json, finish: str | None = None) -> tuple[str, bytes]:
    return "", json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode()


def assert_is_refusal(reply: ParsedResponse) -> None:
    assert reply.error is None
    assert (reply.text, reply.finish_reason, reply.is_complete) == (SAID, FinishReason.REFUSED, True)


def test_every_dialect_is_tried() -> None:
    assert sorted(CHAT + RESPONSES + MESSAGES) == dialect_loader.names()


@all_cases("shape", MESSAGE_SHAPES)
@all_cases("name", CHAT)
def test_refusal_in_a_whole_chat_completion(name: str, shape: str) -> None:
    message = {"role": "assistant", **MESSAGE_SHAPES[shape]}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
    assert_is_refusal(read_body(name, json.dumps(body).encode()))


@all_cases("shape", MESSAGE_SHAPES)
@all_cases("name", CHAT)
def test_refusal_in_a_stream_of_a_chat_completion(name: str, shape: str) -> None:
    first = chunk({"role": "assistant", "content": ""})
    assert_is_refusal(read_events(name, [first, chunk(MESSAGE_SHAPES[shape]), chunk({}, "stop"), ("", b"[DONE]")]))


@all_cases("empty", [None, ""])
@all_cases("name", CHAT)
def test_refusal_in_pieces(name: str, empty: Json) -> None:
    pieces = [chunk({"content": empty, "refusal": piece}) for piece in ("I can't ", "help ", "with that.")]
    assert_is_refusal(read_events(name, [*pieces, chunk({"refusal": ""}), chunk({}, "stop"), ("", b"[DONE]")]))


@all_cases("word", ["content_filter", "refusal"])
@all_cases("name", [*CHAT, *MESSAGES])
def test_finish_reason_that_says_refused_is_a_refusal_with_or_without_text(name: str, word: str) -> None:
    assert dialect_loader.load(name).finish_reasons[word] is FinishReason.REFUSED


@all_cases("value", [None, "", False])
@all_cases("name", CHAT)
def test_field_that_holds_no_refusal_is_none(name: str, value: Json) -> None:
    message = {"role": "assistant", "content": "42", "refusal": value}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
    reply = read_body(name, json.dumps(body).encode())
    assert (reply.text, reply.finish_reason) == ("42", FinishReason.STOP)


def response(*content: Json) -> dict[str, Json]:
    output = [{"type": "message", "role": "assistant", "content": list(content)}]
    usage = {"input_tokens": 7, "output_tokens": 8, "total_tokens": 15}
    return {"id": "r", "status": "completed", "output": output, "usage": usage}


@pytest.mark.parametrize("name", RESPONSES)
def test_refusal_in_a_whole_response(name: str) -> None:
    assert_is_refusal(read_body(name, json.dumps(response(PART)).encode()))


@all_cases("name", RESPONSES)
@all_cases(
    "events",
    [
        [event("response.refusal.delta", delta="I can't "), event("response.refusal.delta", delta="help with that.")],
        [event("response.refusal.done", refusal=SAID)],
        [event("response.refusal.delta", delta=SAID), event("response.refusal.done", refusal=SAID)],
        [],
    ],
    ids=["deltas", "done alone", "delta and done", "envelope alone"],
)
def test_refusal_in_a_stream_of_a_response(name: str, events: list[tuple[str, bytes]]) -> None:
    assert_is_refusal(read_events(name, [*events, event("response.completed", response=response(PART))]))


@pytest.mark.parametrize("name", RESPONSES)
def test_refusal_that_only_the_envelope_calls_so(name: str) -> None:
    text = event("response.output_text.delta", delta=SAID)
    assert_is_refusal(read_events(name, [text, event("response.completed", response=response(PART))]))


@pytest.mark.parametrize("name", RESPONSES)
def test_response_that_a_filter_ended_is_a_refusal(name: str) -> None:
    filtered = {**response(), "status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
    reply = read_events(name, [event("response.incomplete", response=filtered)])
    assert (reply.finish_reason, reply.error) == (FinishReason.REFUSED, None)


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("content", [[], [{"type": "text", "text": SAID}], [PART]], ids=["none", "text", "part"])
def test_refusal_in_a_whole_message(name: str, content: list[Json]) -> None:
    usage = {"input_tokens": 7, "output_tokens": 8}
    body = {"type": "message", "content": content, "stop_reason": "refusal", "usage": usage}
    reply = read_body(name, json.dumps(body).encode())
    assert (reply.text, reply.finish_reason, reply.error) == (SAID if content else "", FinishReason.REFUSED, None)


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("has_text", [False, True])
def test_refusal_in_a_stream_of_a_message(name: str, *, has_text: bool) -> None:
    start = {"id": "m", "model": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}
    text = [event("content_block_delta", index=0, delta={"type": "text_delta", "text": SAID})] if has_text else []
    end = event("message_delta", delta={"stop_reason": "refusal"}, usage={"output_tokens": 8})
    reply = read_events(name, [event("message_start", message=start), *text, end, event("message_stop")])
    assert (reply.text, reply.finish_reason) == (SAID if has_text else "", FinishReason.REFUSED)
    assert reply.error is None


@all_cases("backend", BACKENDS)
@all_cases("stream", [True, False])
@all_cases("shape", ["beside an empty text", "as a part"])
def test_refusal_over_the_wire_is_one_completion(shape: str, backend: str, *, stream: bool) -> None:
    async def answer(visit: Visit) -> None:
        message = {"role": "assistant", **MESSAGE_SHAPES[shape]}
        if stream:
            parts = [chunk(message), chunk({}, "stop"), ("", json.dumps({"choices": [], "usage": USAGE}).encode())]
            body = b"".join(b"data: " + data + b"\n\n" for _, data in parts) + b"data: [DONE]\n\n"
            await visit.send(whole(body, {"Content-Type": "text/event-stream"}))
        else:
            reply = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
            await visit.send(whole(json.dumps(reply).encode()))

    async def run() -> list[Attempt]:
        async with raw_server(answer) as server, calling(backend) as caller:
            made, _ = await all_attempts(caller, job(server.url, backend=backend, stream=stream))
            return made

    [made] = asyncio.run(run())
    assert isinstance(made, Completion)
    assert (made.text, made.finish_reason) == (SAID, FinishReason.REFUSED)
