"""The shipped task `tool-calls`: its rows, its schemas, and answers as the grader must find them."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

from harness.core.types import Completion, FinishReason, Sample, Timing, ToolCall, Verdict
from harness.grading.base import GraderOptions, grade_completion, make_grader
from harness.grading.tool_calls.expected import read_target
from harness.grading.tool_calls.json_schema import schema_errors, unknown_keywords
from harness.tasks.load import load_task

GRADER = make_grader("tool_calls", GraderOptions())


@cache
def samples() -> tuple[Sample, ...]:
    return load_task("tool-calls", cwd=Path("/"), data_dir=None).samples


def expected_calls(sample: Sample) -> tuple[ToolCall, ...]:
    calls = read_target(sample.target)
    return tuple(ToolCall(name=call.name, arguments=json.dumps(call.example)) for call in calls)


def verdict(sample: Sample, calls: tuple[ToolCall, ...], text: str = "") -> Verdict:
    reason = FinishReason.TOOL_CALLS if calls else FinishReason.STOP
    answer = Completion(text=text, reasoning="", finish_reason=reason, timing=Timing(), tool_calls=calls or None)
    return grade_completion(GRADER, sample, answer).verdict


def test_there_are_a_hundred_prompts_of_ten_kinds_in_two_languages() -> None:
    kinds = Counter(sample.tags["category"] for sample in samples())
    assert (len(samples()), len(kinds)) == (100, 10)
    assert min(kinds.values()) >= 8
    assert Counter(sample.tags["language"] for sample in samples()) == {"en": 79, "zh": 21}
    assert len({sample.prompt for sample in samples()}) == 100
    assert sum(len(read_target(sample.target)) > 1 for sample in samples()) >= 9


def test_the_first_ten_prompts_are_of_all_kinds() -> None:
    assert len({sample.tags["category"] for sample in samples()[:10]}) == 10


def test_schemas_use_only_keywords_that_the_grader_checks() -> None:
    assert {
        word for one in samples() for tool in one.tools or () for word in unknown_keywords(tool.parameters)
    } == set()


def test_what_is_expected_fits_the_schema_of_a_tool_that_is_offered() -> None:
    for sample in samples():
        schemas = {tool.name: tool.parameters for tool in sample.tools or ()}
        for call in read_target(sample.target):
            assert list(schema_errors(call.example, schemas[call.name])) == [], sample.id
            assert call.arguments.keys() <= schemas[call.name]["properties"].keys(), sample.id  # type: ignore[attr-defined]


def test_the_expected_answer_is_correct_and_that_of_the_next_sample_is_not() -> None:
    for sample, other in zip(samples(), [*samples()[1:], samples()[0]], strict=True):
        assert verdict(sample, expected_calls(sample), sample.reference or "") is Verdict.CORRECT, sample.id
        assert verdict(sample, expected_calls(other), "Done.") is not Verdict.CORRECT, sample.id


def test_a_changed_argument_and_a_missing_call_are_wrong() -> None:
    for sample in samples():
        calls = expected_calls(sample)
        if not calls:
            continue
        assert verdict(sample, calls[1:], "Done.") is Verdict.WRONG, sample.id
        first = json.loads(calls[0].arguments)
        for name in first:
            changed = ToolCall(name=calls[0].name, arguments=json.dumps({**first, name: [["another"]]}))
            assert verdict(sample, (changed, *calls[1:])) is Verdict.WRONG, (sample.id, name)
