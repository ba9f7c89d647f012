"""What a simulated model calls: the calls that a sample needs, wrong ones, and the faults of a host that serves badly.

Covers samples of the grader `tool_calls`. The right calls come from the sample's target.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from harness.config.simulation import ToolFaults
from harness.core.types import Json, Sample, Tool, ToolCall
from harness.grading.tool_calls.expected import read_target

_NO_TOOL_NEEDED = "No tool is needed for this. {}"
_DIRECT = "Here is the answer, without any tool: it depends on the details."


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswer:
    """The text and the calls of an answer.

    `is_correct`: what a grader must find. `says_stop`: the finish reason is that of a text.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    is_correct: bool
    says_stop: bool = False


def tool_answer(sample: Sample, *, is_correct: bool, fault: str | None, text_seed: int) -> ToolAnswer:
    """The answer to a sample that offers tools; a fault needs an answer with a call."""
    random = Random(text_seed)
    right = tuple(_call(call.name, call.example) for call in read_target(sample.target))
    if not right:
        if is_correct:
            return ToolAnswer(text=_NO_TOOL_NEEDED.format(sample.reference or "").strip(), is_correct=True)
        tool = random.choice(sample.tools or ())
        return _with_fault(ToolAnswer(calls=(_call(tool.name, _made_up(tool)),), is_correct=False), fault, sample)
    if is_correct:
        return _with_fault(ToolAnswer(calls=right, is_correct=True), fault, sample)
    return _with_fault(_wrong(right, random), fault, sample)


def answer_without_tools(sample: Sample) -> ToolAnswer:
    """The answer to a request that leaves the sample's tools out; right only where no call is needed."""
    return ToolAnswer(text=_DIRECT, is_correct=not read_target(sample.target))


def drawn_tool_fault(faults: ToolFaults, name: str) -> str | None:
    """The fault of one draw; `name` is what tells one draw from another."""
    # A generator of its own: a model without such faults draws as it always did.
    point, reached = Random(f"{name}|tool fault").random(), 0.0
    for fault, chance in faults.chances().items():
        reached += chance
        if point < reached:
            return fault
    return None


def _call(name: str, arguments: Mapping[str, Json]) -> ToolCall:
    return ToolCall(name=name, arguments=json.dumps(arguments, ensure_ascii=False))


def _wrong(right: tuple[ToolCall, ...], random: Random) -> ToolAnswer:
    """No call at all, one call too few or an argument changed."""
    first = json.loads(right[0].arguments)
    names = [name for name, value in first.items() if isinstance(value, str | int | float)]
    kind = random.choice(("none", "few", "argument", "argument"))
    if kind == "none" or (kind == "few" and len(right) == 1) or not names:
        return ToolAnswer(text=_DIRECT, is_correct=False)
    if kind == "few":
        return ToolAnswer(calls=right[1:], is_correct=False)
    changed = random.choice(names)
    call = _call(right[0].name, {**first, changed: _changed(first[changed], random)})
    return ToolAnswer(calls=(call, *right[1:]), is_correct=False)


def _changed(value: str | int | float, random: Random) -> Json:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"another one, {random.randint(1, 9)}"
    return value * 3 + random.randint(1, 9)


def _with_fault(answer: ToolAnswer, fault: str | None, sample: Sample) -> ToolAnswer:
    if fault is None or not answer.calls:
        return answer
    first, *others = answer.calls
    match fault:
        case "broken_json":
            broken = replace(first, arguments=first.arguments[:-1])
            return replace(answer, calls=(broken, *others), is_correct=False)
        case "wrong_tool":
            names = [tool.name for tool in sample.tools or () if tool.name != first.name]
            other = replace(first, name=names[0] if names else f"{first.name}_v2")
            return replace(answer, calls=(other, *others), is_correct=False)
        case "call_in_text":
            said = [f'<tool_call>\n{{"name": "{one.name}", "arguments": {one.arguments}}}' for one in answer.calls]
            return replace(answer, text="\n</tool_call>\n".join([*said, ""]).strip(), calls=(), is_correct=False)
    return replace(answer, says_stop=True)


def _made_up(tool: Tool) -> dict[str, Json]:
    """Arguments that fit the schema of a tool."""
    properties, required = tool.parameters.get("properties"), tool.parameters.get("required")
    known = properties if isinstance(properties, Mapping) else {}
    return {str(name): _value_of(known.get(name)) for name in (required if isinstance(required, list) else ())}


def _value_of(schema: Json) -> Json:
    if not isinstance(schema, Mapping):
        return "x"
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return choices[0]
    kinds: dict[str, Json] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
    return kinds.get(str(schema.get("type")), "something")
