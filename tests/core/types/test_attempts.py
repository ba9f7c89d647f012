"""Tokens, failures and completions: what is contradictory is refused, what old folders say is understood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.types import Completion, FailureKind, FinishReason, Timing, ToolCall, Usage
from tests.cases import all_cases


@all_cases("name", ["prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"])
def test_a_count_of_tokens_is_never_negative(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Usage(**{name: -1})  # type: ignore[arg-type]


def test_a_person_is_shown_the_calls_below_the_text() -> None:
    one = Completion(text="So:", reasoning="", finish_reason=FinishReason.STOP, timing=Timing())
    calls = (ToolCall(name="f", arguments='{"a": 1}'), ToolCall(name="g", arguments=""))
    assert one.shown_text == "So:"
    assert replace(one, tool_calls=calls).shown_text == 'So:\nf({"a": 1})\ng()'
    assert replace(one, text="", tool_calls=calls[:1]).shown_text == 'f({"a": 1})'


def test_a_kind_of_failure_that_schema_1_named_otherwise_is_read() -> None:
    assert FailureKind("cut") is FailureKind.STREAM_TRUNCATED
    with pytest.raises(ValueError, match="'torn' is not a valid FailureKind"):
        FailureKind("torn")
