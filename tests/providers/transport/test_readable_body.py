"""Bodies rewritten for packages that decode by themselves: what is dropped, what is written as text, what stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from harness.core.types import Json
from harness.providers.transport.readable_body import ReadableBody, is_rewritable
from tests.cases import all_cases
from tests.providers.test_stream_end import FORMATS, JUNK, KEEP_ALIVES, Format, chat, data


class Arrived:
    """A body in pieces of seven bytes."""

    def __init__(self, body: bytes) -> None:
        self.body, self.is_closed = body, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), 7):
            yield self.body[start : start + 7]

    async def aclose(self) -> None:
        self.is_closed = True


def readable(body: bytes, content_type: str = "text/event-stream; charset=utf-8") -> bytes:
    async def run() -> bytes:
        return b"".join([piece async for piece in ReadableBody(Arrived(body), content_type=content_type)])

    return asyncio.run(run())


@all_cases("keep_alive", KEEP_ALIVES, ids=repr)
def test_keep_alives_are_dropped(keep_alive: bytes) -> None:
    wanted = chat({"content": "42"}) + chat({}, "stop")
    assert b"42" in readable(keep_alive + chat({"content": "42"}) + keep_alive + chat({}, "stop"))
    assert readable(keep_alive + wanted + keep_alive).replace(b"event: ping\ndata: {}\n\n", b"") == wanted


@all_cases("form", FORMATS[:2], ids=lambda form: form.dialect)
@all_cases("junk", ["an error event", "words", "half of a JSON object", "a web page"])
def test_after_the_finish_reason_only_usage_and_text_are_handed_on(junk: str, form: Format) -> None:
    wanted = form.text + form.finish + form.usage + form.mark
    assert readable(form.text + form.finish + JUNK[junk](form) + form.usage + JUNK[junk](form) + form.mark) == wanted


@pytest.mark.parametrize("form", FORMATS[:2], ids=lambda form: form.dialect)
def test_error_and_broken_json_before_the_finish_reason_stay(form: Format) -> None:
    body = form.text + form.error + data(b'{"id":"c","choi')
    assert readable(body) == body


def test_parts_become_text_refusal_and_reasoning() -> None:
    thinking: Json = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    parts: list[Json] = [thinking, {"type": "text", "text": "4"}, {"type": "text", "text": "2"}]
    refusal: Json = [{"type": "refusal", "refusal": "No."}]
    messages: list[Json] = [{"content": parts}, {"content": refusal}, {"content": []}, {"content": "as it was"}]
    document = {"choices": [{"index": 0, "message": message} for message in messages]}
    (first, second, third, fourth) = json.loads(readable(json.dumps(document).encode(), "application/json"))["choices"]
    assert first["message"] == {"content": "42", "reasoning_content": "hm"}
    assert second["message"] == {"content": "", "refusal": "No."}
    assert third["message"] == {"content": ""}
    assert fourth["message"] == {"content": "as it was"}


@pytest.mark.parametrize("body", [b'{"choices": [ {"message": {"content": "42"}} ], "x": 1e400}', b"<html>", b""])
def test_other_documents_stay_as_they_were_to_the_byte(body: bytes) -> None:
    assert readable(body, "application/json") == body


def test_closing_closes_what_is_beneath() -> None:
    arrived = Arrived(b"")
    asyncio.run(ReadableBody(arrived, content_type="application/json").aclose())
    assert arrived.is_closed


@all_cases(
    ("status", "headers", "wanted"),
    [
        (200, {"content-type": "text/event-stream"}, True),
        (200, {"content-type": "application/json"}, True),
        (429, {"content-type": "application/json"}, False),
        (200, {"content-type": "text/event-stream", "content-encoding": "gzip"}, False),
        (200, {"content-type": "application/vnd.amazon.eventstream"}, False),
        (200, {}, False),
    ],
)
def test_which_responses_are_rewritten(status: int, headers: dict[str, str], wanted: bool) -> None:
    assert is_rewritable(status, headers) is wanted
