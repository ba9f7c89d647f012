"""Responses of others to be imported."""

from __future__ import annotations

MODEL = "anthropic/claude-sonnet-4.5"


def reply(model: str, text: str, number: int) -> dict[str, object]:
    return {
        "id": f"gen-{number}",
        "model": model,
        "created": 1764288000,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 500,
            "total_tokens": 1500,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }
