"""The grader `tool_calls`: verdict and findings of one answer."""

from __future__ import annotations

import json

import pytest

from harness.core.types import Completion, FinishReason, Grade, Json, Sample, Timing, Tool, ToolCall, Verdict
from harness.grading.base import GraderOptions, grade_completion, make_grader
from tests.cases import all_cases

CITY: Json = {"type": "string"}
DAYS: Json = {"type": "integer", "minimum": 1, "default": 1}
FORECAST = Tool(
    name="forecast",
    description="",
    parameters={"type": "object", "properties": {"city": CITY, "days": DAYS}, "required": ["city"]},
)
TIME = Tool(name="time", description="", parameters={"type": "object", "properties": {"city": CITY}})
OSLO: Json = {"name": "forecast", "arguments": {"city": "Oslo", "days": 3}}
CALLS, STOP, LENGTH = FinishReason.TOOL_CALLS, FinishReason.STOP, FinishReason.LENGTH


def grade(expected: list[Json], calls: list[tuple[str, str]], *, text: str = "", reason: FinishReason = CALLS) -> Grade:
    sample = Sample(id="s", prompt="?", target=json.dumps({"calls": expected}), tools=(FORECAST, TIME))
    made = tuple(ToolCall(name=name, arguments=arguments) for name, arguments in calls) or None
    completion = Completion(text=text, reasoning="", finish_reason=reason, timing=Timing(), tool_calls=made)
    return grade_completion(make_grader("tool_calls", GraderOptions()), sample, completion)


RIGHT = ("forecast", '{"days": 3, "city": "Oslo"}')
ALL = {"valid_json": True, "schema": True, "right_tool": True, "right_arguments": True, "stop_reason": True}


@all_cases(
    ("calls", "verdict", "rule", "changed", "absent"),
    [
        ([RIGHT], Verdict.CORRECT, "arguments", {}, ()),
        ([("forecast", '{"city": " oslo. ", "days": 3.0}')], Verdict.CORRECT, "arguments", {}, ()),
        ([("forecast", '{"city": "Oslo", "days": 4}')], Verdict.WRONG, "arguments", {"right_arguments": False}, ()),
        (
            [("forecast", '{"city": "Oslo", "days": "3"}')],
            Verdict.WRONG,
            "schema",
            {"schema": False, "right_arguments": False},
            (),
        ),
        (
            [("forecast", '{"city": "Oslo", "days": 3')],
            Verdict.WRONG,
            "invalid JSON",
            {"valid_json": False},
            ("schema", "right_arguments"),
        ),
        (
            [("forecast", '{"city": "Oslo", "days": NaN}')],
            Verdict.WRONG,
            "invalid JSON",
            {"valid_json": False},
            ("schema", "right_arguments"),
        ),
        (
            [("forecast", '"Oslo"')],
            Verdict.WRONG,
            "invalid JSON",
            {"valid_json": False},
            ("schema", "right_arguments"),
        ),
        ([("time", '{"city": "Oslo"}')], Verdict.WRONG, "wrong tool", {"right_tool": False}, ("right_arguments",)),
        ([("tim", "{}")], Verdict.WRONG, "wrong tool", {"right_tool": False}, ("schema", "right_arguments")),
        ([RIGHT, RIGHT], Verdict.WRONG, "wrong tool", {"right_tool": False}, ("right_arguments",)),
    ],
)
def test_a_call_answers_four_questions(
    calls: list[tuple[str, str]], verdict: Verdict, rule: str, changed: dict[str, bool], absent: tuple[str, ...]
) -> None:
    found = grade([OSLO], calls)
    assert (found.verdict, found.rule) == (verdict, rule)
    assert found.findings == {name: held for name, held in {**ALL, **changed}.items() if name not in absent}


def test_the_stop_reason_is_a_finding_and_does_not_decide() -> None:
    found = grade([OSLO], [RIGHT], reason=STOP)
    assert found.verdict is Verdict.CORRECT
    assert found.findings == {**ALL, "stop_reason": False}


def test_a_call_that_stands_in_the_text_is_no_call() -> None:
    text = '<tool_call>{"name": "forecast", "arguments": {"city": "Oslo", "days": 3}}</tool_call>'
    found = grade([OSLO], [], text=text, reason=STOP)
    assert (found.verdict, found.rule) == (Verdict.WRONG, "call in text")
    assert found.findings == {"right_tool": False, "stop_reason": True}
    assert grade([], [], text=text, reason=STOP).verdict is Verdict.WRONG


@all_cases(
    "text",
    [
        '[TOOL_CALLS]time{"city": "Oslo"}',
        "<tool_call>time\n<arg_key>city</arg_key>",
        "<|tool_call>call:time{city:Oslo}<tool_call|>",
        '<|tool_call_begin|>functions.time:0<|tool_call_argument_begin|>{"city": "Oslo"}',
        '<|channel|>commentary to=functions.time <|message|>{"city": "Oslo"}',
        "<\uff5ctool\u2581call\u2581begin\uff5c>function<\uff5ctool\u2581sep\uff5c>time\n{}",
        '[time(city="Oslo")]',
        '```tool_code\nprint(time(city="Oslo"))\n```',
        '<|python_tag|>time.call(city="Oslo")',
        '{"function": "time", "arguments": {"city": "Oslo"}}',
        '{"name": "functions.time", "arguments": {}}',
        '<function_call name="time">',
    ],
)
def test_a_call_in_the_text_is_known_by_the_forms_of_chat_templates(text: str) -> None:
    assert grade([], [], text=text, reason=STOP).rule == "call in text"


@pytest.mark.parametrize(
    "text", ['{"name": "Ann"}', "No tool: time(x) is a function.", "[Oslo](https://time.is) (time)"]
)
def test_a_text_that_only_speaks_of_a_tool_is_no_call(text: str) -> None:
    assert grade([], [], text=text, reason=STOP).verdict is Verdict.CORRECT


def test_a_truncated_text_may_have_ended_in_a_call() -> None:
    found = grade([], [], text="The capital of", reason=LENGTH)
    assert (found.verdict, found.findings) == (Verdict.TRUNCATED, None)


def test_an_integer_beyond_every_float_is_a_wrong_argument() -> None:
    found = grade([OSLO], [("forecast", '{"city": "Oslo", "days": 1' + 400 * "0" + "}")])
    assert (found.verdict, found.rule) == (Verdict.WRONG, "arguments")


def test_where_no_tool_is_needed_a_text_is_right_and_a_call_wrong() -> None:
    assert grade([], [], text="The forecast tool is not needed.", reason=STOP).verdict is Verdict.CORRECT
    assert grade([], [RIGHT]).rule == "wrong tool"
    assert grade([], [], reason=STOP).verdict is Verdict.NO_ANSWER


def test_calls_count_in_any_order() -> None:
    expected: list[Json] = [{"name": "time", "arguments": {"city": city}} for city in ("Rome", "Oslo")]
    both = [("time", '{"city": "Oslo"}'), ("time", '{"city": "Rome"}')]
    assert grade(expected, both).verdict is Verdict.CORRECT
    assert grade(expected, [both[0], both[0]]).verdict is Verdict.WRONG
    assert grade(expected, both).answer == grade(expected, both[::-1]).answer


def test_a_default_may_be_said_or_left_out() -> None:
    plain: Json = {"name": "forecast", "arguments": {"city": "Oslo"}}
    said: Json = {"name": "forecast", "arguments": {"city": "Oslo", "days": 1}}
    for expected in (plain, said):
        for arguments in ('{"city": "Oslo"}', '{"city": "Oslo", "days": 1}'):
            assert grade([expected], [("forecast", arguments)]).verdict is Verdict.CORRECT
    assert grade([plain], [RIGHT]).verdict is Verdict.WRONG


def test_a_truncated_call_is_truncated_and_tells_nothing_of_the_host() -> None:
    found = grade([OSLO], [("forecast", '{"city": "Os')], reason=LENGTH)
    assert (found.verdict, found.findings) == (Verdict.TRUNCATED, None)


def test_a_target_of_another_form_is_the_graders_error() -> None:
    sample = Sample(id="s", prompt="?", target="42", tools=(TIME,))
    grader = make_grader("tool_calls", GraderOptions())
    assert grader.grade(sample, "42", is_truncated=False).verdict is Verdict.GRADER_ERROR
