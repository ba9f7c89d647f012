"""Responses and prices whose dollars are worked out by hand."""

from __future__ import annotations

import json

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK

USAGE: dict[str, object] = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1600,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 500},
}

GROK: dict[str, object] = {
    "id": "a1",
    "object": "chat.completion",
    "model": "grok-4-0709",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Four."}}],
    "usage": USAGE,
}


def explain(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """What the command emits as JSON."""
    assert main(["cost", "explain", "--json", *words]) == EXIT_OK
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value
