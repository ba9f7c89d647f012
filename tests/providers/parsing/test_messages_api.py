"""Reading the Messages API of Anthropic."""

from __future__ import annotations

import json

from harness.core.types import Json
from tests.providers.reading import read_body, read_events


def test_anthropic_output_is_unknown_until_message_delta() -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 3}}}
    reply = read_events("anthropic_messages", [("message_start", json.dumps(start).encode())])
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (9, None)
    assert not reply.is_complete


def test_anthropic_counts_before_the_end_of_the_message_are_no_completion_count() -> None:
    start: Json = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}}
    running: Json = {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 3}}
    last: Json = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 8}}
    events = [("", json.dumps(event).encode()) for event in (start, running, last)]
    cut, whole_one = (read_events("anthropic_messages", part).usage for part in (events[:2], events))
    assert cut is not None
    assert whole_one is not None
    assert (cut.completion_tokens, whole_one.completion_tokens) == (None, 8)


def test_anthropics_fast_speed_is_a_service_tier_of_its_own() -> None:
    def served(**speed: str) -> str | None:
        usage: Json = {"input_tokens": 9, "output_tokens": 3, "service_tier": "standard", **speed}
        body: Json = {"content": [{"type": "text", "text": "6"}], "stop_reason": "end_turn", "usage": usage}
        return read_body("anthropic_messages", json.dumps(body).encode()).service_tier

    assert (served(), served(speed="standard"), served(speed="fast")) == ("standard", "standard", "fast")
