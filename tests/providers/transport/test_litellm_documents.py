"""litellm's chunks in OpenAI's form: what the provider sent, and nothing that litellm invented."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from harness.providers.transport.litellm_documents import (
    chunk_document,
    ending_events,
    response_headers,
    usage_seen,
    whole_body,
)
from tests.cases import all_cases


@dataclass
class Document:
    """A response or chunk as litellm has them: an object that dumps itself."""

    fields: dict[str, Any]
    usage: Any = None
    _hidden_params: dict[str, Any] = field(default_factory=dict)

    def model_dump(self, *, mode: str, exclude_none: bool) -> dict[str, Any]:
        return {name: value for name, value in self.fields.items() if not exclude_none or value is not None}


@dataclass
class Counts:
    """Usage as a provider sent it."""

    prompt_tokens: int
    completion_tokens: int

    def model_dump(self, *, mode: str, exclude_none: bool) -> dict[str, Any]:
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens, "cost": 0.5}


@dataclass
class Stream:
    """litellm's wrapper of a stream."""

    received_finish_reason: str | None = None
    chunks: list[Any] = field(default_factory=list)


def finish(word: str, **usage: int) -> Document:
    return Document(fields={"choices": [{"index": 0, "finish_reason": word}], "usage": usage or None})


@all_cases(
    ("native", "expected"), [(None, None), ("end_turn", "end_turn"), ("length", "length"), ("stop", "litellm:stop")]
)
def test_a_finish_reason_is_the_providers_own_or_none(native: str | None, expected: str | None) -> None:
    found: Any = chunk_document(finish("stop"), Stream(received_finish_reason=native))
    assert found["choices"][0].get("finish_reason") == expected


def test_counts_that_no_chunk_of_the_provider_has_are_left_out() -> None:
    sent = Stream(chunks=[Document(fields={}, usage=Counts(prompt_tokens=7, completion_tokens=0))])
    found = chunk_document(finish("stop", prompt_tokens=7, completion_tokens=9, total_tokens=16), sent)
    assert found["usage"] == {"prompt_tokens": 7}  # 9 is litellm's own count, and so is the total
    assert chunk_document(finish("stop", prompt_tokens=8, completion_tokens=9), sent)["usage"] is None


def test_its_dollars_are_never_passed_on() -> None:
    whole = whole_body(Document(fields={"choices": [], "usage": {"prompt_tokens": 7, "response_cost": 0.1, "cost": 1}}))
    assert json.loads(whole)["usage"] == {"prompt_tokens": 7}
    answer = Document(
        fields={}, _hidden_params={"additional_headers": {"x-litellm-response-cost": "1", "llm_provider-X-Id": "r"}}
    )
    assert response_headers(answer) == {"x-id": "r"}


def test_the_end_of_a_stream_says_usage_finish_reason_and_end_mark_only_where_they_came() -> None:
    counts = Document(fields={}, usage=Counts(prompt_tokens=7, completion_tokens=2))
    assert list(ending_events(Stream())) == []
    ended = list(ending_events(Stream(received_finish_reason="length", chunks=[counts])))
    assert ended[-1] == b"data: [DONE]\n\n"
    said = json.loads(ended[0].removeprefix(b"data: "))
    assert said["usage"] == {"prompt_tokens": 7, "completion_tokens": 2}
    assert said["choices"][0]["finish_reason"] == "length"


def test_before_the_finish_reason_only_the_last_chunks_usage_counts() -> None:
    first = Document(fields={}, usage=Counts(prompt_tokens=7, completion_tokens=1))
    assert usage_seen(Stream(chunks=[first, Document(fields={})])) == {}
    assert usage_seen(Stream(received_finish_reason="stop", chunks=[first, Document(fields={})])) != {}
