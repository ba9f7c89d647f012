"""What a tool call should have been: the target of a sample, and whether an argument meets it.

An expected argument is a JSON value, or an object with one of these keys: `$any` (a list of accepted ones), `$near`
with `$within` (a number and the largest error), `$exact` (text in which case counts), `$contains` (words that a free
text must have, in any case), `$items` (a list in any order), `$optional` (may be left out). Other text is compared
without case, white space or a full stop at the end; numbers by value, whole ones to the digit; types count, so `"5"`
is not `5`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from harness.core.errors import DataError
from harness.core.types import Json
from harness.grading.plain_text import comparable
from harness.grading.tool_calls.json_schema import is_equal, is_number

_RELATIVE_ERROR, _WHOLE_ERROR = 1e-9, 1e-6
"""What arithmetic in floats may add to a number, and at most to a whole one: identifiers differ by 1."""
_MARKERS = frozenset({"$any", "$near", "$within", "$exact", "$contains", "$items", "$optional"})
MAX_CALLS = 6
"""Calls of one target; each order of the calls that came is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCall:
    """One call of the target: the tool and what each argument must meet."""

    name: str
    arguments: Mapping[str, Json]

    @property
    def example(self) -> dict[str, Json]:
        """Arguments that meet it, without the optional ones."""
        given = self.arguments.items()
        return {name: example_of(value) for name, value in given if not _is_marked(value, "$optional")}


def read_target(target: str) -> tuple[ExpectedCall, ...]:
    """The calls of a target, `{"calls": [{"name": ..., "arguments": {...}}]}`; none where no tool is needed.

    Raises DataError for any other form.
    """
    try:
        read = json.loads(target)
    except ValueError as error:
        raise DataError(f"the target is not JSON: {error}") from None
    calls = read.get("calls") if isinstance(read, dict) else None
    if not isinstance(calls, list) or len(calls) > MAX_CALLS:
        raise DataError(f"the target holds {target[:80]}; accepted: an object with a list `calls`, at most {MAX_CALLS}")
    for call in calls:
        is_call = isinstance(call, dict) and isinstance(call.get("name"), str)
        if not is_call or not isinstance(call.get("arguments"), dict):
            raise DataError(f"a call of the target is {call!r}; accepted: an object with `name` and `arguments`")
        unknown = sorted(_keys(call["arguments"]) - _MARKERS)
        if unknown:
            raise DataError(f"the target has {', '.join(unknown)}; accepted: {', '.join(sorted(_MARKERS))}")
    return tuple(ExpectedCall(name=call["name"], arguments=call["arguments"]) for call in calls)


def _keys(expected: Json) -> set[str]:
    """The keys with `$` at any depth."""
    if isinstance(expected, list):
        return {key for one in expected for key in _keys(one)}
    if not isinstance(expected, dict):
        return set()
    return {key for key in expected if key.startswith("$")} | _keys(list(expected.values()))


def meets(given: Json, expected: Json, schema: Json = None) -> bool:
    """Whether an argument meets what is expected. `schema`: of that argument, for its defaults."""
    if isinstance(expected, dict):
        marker = next((name for name in expected if name.startswith("$")), None)
        return _object_meets(given, expected, schema) if marker is None else _marked_meets(given, expected, schema)
    if isinstance(expected, list):
        inner = schema.get("items") if isinstance(schema, Mapping) else None
        if not isinstance(given, list) or len(given) != len(expected):
            return False
        return all(meets(one, other, inner) for one, other in zip(given, expected, strict=True))
    if isinstance(expected, str):
        return isinstance(given, str) and _loose(given) == _loose(expected)
    if is_number(expected):
        return is_number(given) and _is_same_number(given, expected)
    return is_equal(given, expected)


def _is_same_number(given: float, expected: float) -> bool:
    if isinstance(given, int) and isinstance(expected, int):
        return given == expected
    error = _RELATIVE_ERROR * abs(expected)
    return _is_within(given, expected, min(error, _WHOLE_ERROR) if isinstance(expected, int) else error)


def _is_within(given: float, expected: float, error: float) -> bool:
    return abs(given) <= sys.float_info.max and abs(given - expected) <= error  # a larger integer is no float


def _object_meets(given: Json, expected: Mapping[str, Json], schema: Json) -> bool:
    """Every expected field met, every other one at its default; a field that is absent counts as its default."""
    if not isinstance(given, Mapping):
        return False
    schemas = schema.get("properties") if isinstance(schema, Mapping) else None
    for name in {*given, *expected}:
        inner = schemas.get(name) if isinstance(schemas, Mapping) else None
        default = [inner["default"]] if isinstance(inner, Mapping) and "default" in inner else []
        if name not in expected:
            is_met = any(is_equal(given[name], value) for value in default)
        elif name not in given:
            is_met = _is_marked(expected[name], "$optional") or any(meets(value, expected[name]) for value in default)
        else:
            is_met = meets(given[name], expected[name], inner)
        if not is_met:
            return False
    return True


def _marked_meets(given: Json, expected: Mapping[str, Json], schema: Json) -> bool:
    match expected:
        case {"$optional": value}:
            return meets(given, value, schema)
        case {"$any": list(values)}:
            return any(meets(given, value, schema) for value in values)
        case {"$near": int() | float() as value, "$within": int() | float() as error}:
            return is_number(given) and _is_within(given, value, error)
        case {"$exact": str(text)}:
            return isinstance(given, str) and comparable(given) == comparable(text)
        case {"$contains": list(words)}:
            return isinstance(given, str) and all(_loose(str(word)) in _loose(given) for word in words)
        case {"$items": list(values)} if isinstance(given, list) and len(given) == len(values):
            inner = schema.get("items") if isinstance(schema, Mapping) else None
            orders = permutations(given)
            return any(all(meets(*pair, inner) for pair in zip(order, values, strict=True)) for order in orders)
    return False


def example_of(expected: Json) -> Json:
    """A value that meets what is expected."""
    match expected:
        case {"$optional": value} | {"$any": [value, *_]} | {"$items": value}:
            return example_of(value)
        case {"$near": value} | {"$exact": value}:
            return value
        case {"$contains": list(words)}:
            return " ".join(map(str, words))
        case dict():
            return {key: example_of(value) for key, value in expected.items() if not _is_marked(value, "$optional")}
        case list():
            return [example_of(value) for value in expected]
    return expected


def _is_marked(expected: Json, marker: str) -> bool:
    return isinstance(expected, dict) and marker in expected


def _loose(text: str) -> str:
    return comparable(text).casefold().rstrip(".。 ")
