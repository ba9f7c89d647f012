"""The grader `tool_calls`: the right tools are called with the right arguments.

An answer is correct where the calls are those of the target (`expected.py`), in any order. What a host can spoil is
found one by one, as `findings` of the grade: FINDINGS. The finish reason is a finding and does not decide.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from harness.core.errors import DataError
from harness.core.types import Completion, FinishReason, Grade, Json, Sample, Tool, ToolCall, Verdict
from harness.grading.base import Grader, GraderOptions, graded
from harness.grading.tool_calls.expected import ExpectedCall, meets, read_target
from harness.grading.tool_calls.json_schema import schema_errors

VERSION = "2"
"""Raised with every change that can change a verdict."""
FINDINGS: Mapping[str, str] = {
    "valid_json": "the arguments of every call are a JSON object; of answers with a call",
    "schema": "they fit the schema of the tool; of answers with readable calls of tools that were offered",
    "right_tool": "the tools called are those that are needed, none where none is",
    "right_arguments": "every argument is an accepted value; of answers with the right tools and readable calls",
    "stop_reason": "the finish reason says tool calls where there are some, and a plain stop where there are none",
}
"""What each finding says, and of which answers; answers truncated at the limit have none."""

_WRITTEN_CALL = re.compile(
    r"""
      ["'](?:name|function|tool|tool_name)["']\s*:\s*["']([\w.-]+)["']      # JSON, also after [TOOL_CALLS]
    | <(?:function|invoke|function_call)(?:=|\ name=")([\w.-]+)             # Llama, Qwen's coder, DeepSeek
    | (?:<tool_call>\s*|\[TOOL_CALLS\]\s*|<\|tool_call>call:)([\w.-]+)      # GLM, Mistral, Gemma
    | (?:to=|<\|tool_call_begin\|>\s*)functions\.([\w.-]+)                 # gpt-oss, Kimi
    | <\uff5ctool\u2581(?:sep|call\u2581begin)\uff5c>([\w.-]+)             # DeepSeek
    | (?:<\|python_tag\|>|```tool_code\s+(?:print\()?|\A\s*\[)([\w.-]+)\(  # Llama and Gemma, as Python
    """,
    re.VERBOSE,
)
"""The name in a call that a server left in the text, in the forms of the models' chat templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What was found of an answer."""

    verdict: Verdict
    rule: str
    why: str
    findings: Mapping[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadCall:
    """A call whose arguments are an object."""

    name: str
    arguments: Mapping[str, Json]


class ToolCallGrader:
    """Compares calls; it executes nothing and keeps no process."""

    name = "tool_calls"
    version = VERSION
    sandbox_backend: str | None = None

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a text alone, which holds no call; its finish reason is not known."""
        reason = FinishReason.LENGTH if is_truncated else FinishReason.NOT_GIVEN
        return self._grade(sample, text, (), reason)

    def grade_completion(self, sample: Sample, completion: Completion) -> Grade:
        """Grade the calls of a completion."""
        return self._grade(sample, completion.text, completion.tool_calls or (), completion.finish_reason)

    def _grade(self, sample: Sample, text: str, calls: Sequence[ToolCall], reason: FinishReason) -> Grade:
        started = time.perf_counter()
        try:
            found = _outcome(read_target(sample.target), sample.tools or (), text, calls)
        except DataError as error:
            return graded(self, Verdict.GRADER_ERROR, None, why=str(error), rule="target", started=started)
        answer = _answer(calls) if calls or text.strip() else None
        grade = graded(self, found.verdict, answer, why=found.why, rule=found.rule, started=started)
        if reason is FinishReason.LENGTH:
            is_open = not calls and found.verdict is Verdict.CORRECT
            why = f"truncated at the output limit, so a call could have followed; {found.why}"
            return replace(grade, verdict=Verdict.TRUNCATED, why=why) if is_open else grade
        return replace(grade, findings={**found.findings, **_stop_reason(calls, reason)})

    def close(self) -> None:
        """Nothing to end."""


def _outcome(expected: Sequence[ExpectedCall], tools: Sequence[Tool], text: str, calls: Sequence[ToolCall]) -> _Outcome:
    is_right_tool = sorted(call.name for call in calls) == sorted(call.name for call in expected)
    findings = {"right_tool": is_right_tool}
    if not calls:
        return _without_call(expected, tools, text)
    read = [_read(call) for call in calls]
    whole = [call for call in read if call is not None]
    findings["valid_json"] = len(whole) == len(read)
    if len(whole) < len(read):
        broken = next(call for call, one in zip(calls, read, strict=True) if one is None)
        why = f"the arguments of {broken.name} are no JSON object: {broken.arguments[:80]!r}"
        return _Outcome(verdict=Verdict.WRONG, rule="invalid JSON", why=why, findings=findings)
    schemas = {tool.name: tool.parameters for tool in tools}
    errors = [error for call in whole if call.name in schemas for error in _errors(call, schemas[call.name])]
    if all(call.name in schemas for call in whole):
        findings["schema"] = not errors
    if not is_right_tool:
        why = f"called {_names(whole)}; needed: {_names(expected) or 'none'}"
        return _Outcome(verdict=Verdict.WRONG, rule="wrong tool", why=why, findings=findings)
    findings["right_arguments"] = is_met = _are_met(whole, expected, schemas)
    if errors:
        return _Outcome(verdict=Verdict.WRONG, rule="schema", why="; ".join(errors[:3]), findings=findings)
    why = "all calls are as expected" if is_met else f"the arguments are not the accepted ones: {_answer(calls)[:160]}"
    verdict = Verdict.CORRECT if is_met else Verdict.WRONG
    return _Outcome(verdict=verdict, rule="arguments", why=why, findings=findings)


def _without_call(expected: Sequence[ExpectedCall], tools: Sequence[Tool], text: str) -> _Outcome:
    found = {name for names in _WRITTEN_CALL.findall(text) for name in names}
    bare = {name.removeprefix("functions.").removesuffix(".call") for name in found}
    written = (found | bare) & {tool.name for tool in tools}
    findings = {"right_tool": not expected and not written}
    if not text.strip():
        why = "the answer has no call and no text"
        return _Outcome(verdict=Verdict.NO_ANSWER, rule="empty", why=why, findings=findings)
    if not expected and not written:
        return _Outcome(verdict=Verdict.CORRECT, rule="no call", why="no tool is needed", findings=findings)
    said = f"a call of {', '.join(sorted(written))} stands in the text" if written else "no tool was called"
    why = f"{said}; needed: {_names(expected) or 'none'}"
    rule = "call in text" if written else "no call"
    return _Outcome(verdict=Verdict.WRONG, rule=rule, why=why, findings=findings)


def _read(call: ToolCall) -> _ReadCall | None:
    """The call with its arguments decoded; None where they are no JSON object (NaN is no JSON)."""
    try:
        arguments = json.loads(call.arguments, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return _ReadCall(name=call.name, arguments=arguments) if isinstance(arguments, dict) else None


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")


def _errors(call: _ReadCall, schema: Mapping[str, Json]) -> list[str]:
    return list(schema_errors(call.arguments, schema, call.name))


def _are_met(calls: Sequence[_ReadCall], expected: Sequence[ExpectedCall], schemas: Mapping[str, Json]) -> bool:
    """Whether the calls, in some order, are the expected ones."""
    return any(
        all(
            call.name == wanted.name and meets(call.arguments, dict(wanted.arguments), schemas.get(call.name))
            for call, wanted in zip(order, expected, strict=True)
        )
        for order in permutations(calls)
    )


def _stop_reason(calls: Sequence[ToolCall], reason: FinishReason) -> dict[str, bool]:
    if reason is FinishReason.NOT_GIVEN:
        return {}
    return {"stop_reason": reason is (FinishReason.TOOL_CALLS if calls else FinishReason.STOP)}


def _names(calls: Sequence[_ReadCall] | Sequence[ExpectedCall]) -> str:
    return ", ".join(sorted(call.name for call in calls))


def _answer(calls: Sequence[ToolCall]) -> str:
    """The calls as one text, the same for calls in another order and for objects written in another way."""
    written = []
    for call in calls:
        read = _read(call)
        arguments = call.arguments if read is None else json.dumps(read.arguments, ensure_ascii=False, sort_keys=True)
        written.append(f"{call.name}({arguments})")
    return "; ".join(sorted(written)) or "no call"


def check_target(target: str) -> None:
    """Raise DataError for a target that the grader could not use."""
    read_target(target)


def make(options: GraderOptions) -> Grader:
    """The grader; it executes no generated code, so the options change nothing."""
    del options
    return ToolCallGrader()
