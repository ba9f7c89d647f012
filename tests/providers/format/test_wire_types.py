"""A request that is shown or logged by mistake holds neither key nor prompt."""

from __future__ import annotations

from harness.providers.format.wire_types import WireRequest


def test_the_key_and_the_prompt_are_in_no_text_of_a_request() -> None:
    request = WireRequest(
        url="https://host.example/v1/chat/completions",
        headers={"authorization": "Bearer sk-secret"},
        body=b'{"messages": [{"role": "user", "content": "a prompt"}]}',
        effective={"model": "m-1"},
    )
    assert "sk-secret" not in repr(request)
    assert "a prompt" not in repr(request)
    assert "m-1" in f"{request}"
