"""Values of the domain: what is contradictory is refused, and one rule says whether a model reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.labels import Effort
from harness.core.types import Completion, FinishReason, Origin, SamplingParams, Timing, ToolCall, Usage
from tests.report.runs import endpoint


@pytest.mark.parametrize(
    ("traits", "params", "reasons"),
    [
        ({"always_thinks"}, SamplingParams(thinking=False), True),  # what it cannot switch off stays on
        ({"never_thinks"}, SamplingParams(effort=Effort.HIGH), False),
        (set(), SamplingParams(thinking=True), True),
        ({"reasoning"}, SamplingParams(effort=Effort.NONE), False),
        ({"reasoning"}, SamplingParams(), True),
        ({"thinking_optional"}, SamplingParams(), False),
        (set(), SamplingParams(), None),  # not known, so neither rate is taken for granted
    ],
)
def test_whether_a_model_reasons_follows_one_order(
    traits: set[str], params: SamplingParams, reasons: bool | None
) -> None:
    assert replace(endpoint(), traits=frozenset(traits)).reasoning_enabled(params) is reasons


@pytest.mark.parametrize("name", ["prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"])
def test_a_count_of_tokens_is_never_negative(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Usage(**{name: -1})  # type: ignore[arg-type]


def test_the_origin_of_figures_is_that_of_the_answers() -> None:
    one = endpoint()
    found = [replace(one, simulated=True), replace(one, imported=True), replace(one, replayed=True)]
    assert [one.origin, *(each.origin for each in found)] == [
        Origin.LIVE,
        Origin.SIMULATED,
        Origin.IMPORTED,
        Origin.REPLAYED,
    ]


def test_a_person_is_shown_the_calls_below_the_text() -> None:
    one = Completion(text="So:", reasoning="", finish_reason=FinishReason.STOP, timing=Timing())
    calls = (ToolCall(name="f", arguments='{"a": 1}'), ToolCall(name="g", arguments=""))
    assert one.shown_text == "So:"
    assert replace(one, tool_calls=calls).shown_text == 'So:\nf({"a": 1})\ng()'
    assert replace(one, text="", tool_calls=calls[:1]).shown_text == 'f({"a": 1})'
