"""Chunks and bodies of chat completions."""

from __future__ import annotations

import json

from harness.core.types import Json
from harness.providers.format.wire_types import ParsedResponse
from tests.providers.reading import read_events


def delta(finish: str | None = None, **fields: Json) -> bytes:
    return json.dumps({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}).encode()


def whole(content: str | None, finish: str | None = "stop", **top: Json) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return json.dumps({"choices": [choice], **top}).encode()


def stream(*pieces: bytes) -> ParsedResponse:
    return read_events("openai", [("", piece) for piece in pieces])
