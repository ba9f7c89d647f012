"""The tests of a code sample as typed values, read from `Sample.target`.

Four kinds, told by `kind`: calls (arguments and expected answers), asserts (test source that runs apart from the
candidate), unittests (the same with `unittest` classes, mocks and files), stdin (input and expected output of a main
program). `prelude` is source that is put before the candidate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.core.errors import DataError
from harness.core.plurals import counted
from harness.grading.code.plain_values import NotPlainData, decode_value


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCase:
    """One call: its arguments and what it must return. `tolerance` None: floats must be equal."""

    args: tuple[object, ...]
    expected: object
    kwargs: Mapping[str, object] = field(default_factory=dict)
    tolerance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTests:
    """Calls of one function; `Class.method` is called on a fresh instance."""

    entry_point: str
    cases: tuple[CallCase, ...]
    prelude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertTests:
    """Test source in which `entry_point` is the candidate's function. `setup` runs before it, on the tests' side.

    Helpers that the prompt gives and the tests use belong into `setup`: what only the candidate defines is asked of it.
    """

    entry_point: str
    tests: str
    setup: str = ""
    prelude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTests:
    """Source with `unittest` classes that call `entry_point`, may replace what it calls and look at what it writes.

    They run apart from the candidate as asserts do, with the libraries of the extra `bigcodebench` that are installed.
    """

    entry_point: str
    tests: str
    setup: str = ""
    prelude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StdinCase:
    """What a main program reads and what it must print. `tolerance`: of numbers with a decimal point; None: none."""

    stdin: str
    stdout: str
    tolerance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StdinTests:
    """Runs of a main program, each in a process of its own."""

    cases: tuple[StdinCase, ...]
    prelude: str = ""


CodeTests: TypeAlias = CallTests | AssertTests | UnitTests | StdinTests


def parse_tests(text: str) -> CodeTests:
    """The tests that a target holds. Raises DataError naming the field that is missing or wrong."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise DataError(f"the tests of a code sample are no JSON: {error}") from error
    if not isinstance(body, dict):
        raise DataError(f"the tests of a code sample are a JSON {type(body).__name__}; accepted: an object with 'kind'")
    prelude = _text(body, "prelude", default="")
    match body.get("kind"):
        case "calls":
            entry_point = _text(body, "entry_point")
            cases = tuple(_call_case(item, index) for index, item in enumerate(_items(body)))
            return CallTests(entry_point=entry_point, cases=cases, prelude=prelude)
        case "asserts":
            return AssertTests(
                entry_point=_text(body, "entry_point"),
                tests=_text(body, "tests"),
                setup=_text(body, "setup", default=""),
                prelude=prelude,
            )
        case "unittests":
            return UnitTests(
                entry_point=_text(body, "entry_point"),
                tests=_text(body, "tests"),
                setup=_text(body, "setup", default=""),
                prelude=prelude,
            )
        case "stdin":
            runs = tuple(_stdin_case(item, index) for index, item in enumerate(_items(body)))
            return StdinTests(cases=runs, prelude=prelude)
        case other:
            raise DataError(f"the tests' kind is {other!r}; accepted: calls, asserts, unittests, stdin")


def _text(body: Mapping[str, object], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise DataError(f"code tests: {name!r} is {value!r}; a text is needed")
    return value


def _items(body: Mapping[str, object]) -> list[dict[str, object]]:
    cases = body.get("cases")
    if not isinstance(cases, list) or not cases or not all(isinstance(case, dict) for case in cases):
        raise DataError("code tests: 'cases' must be a list of at least one object")
    return cases


def _stdin_case(item: Mapping[str, object], index: int) -> StdinCase:
    return StdinCase(stdin=_text(item, "stdin"), stdout=_text(item, "stdout"), tolerance=_tolerance(item, index))


def _tolerance(item: Mapping[str, object], index: int) -> float | None:
    value = item.get("tolerance")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0):
        raise DataError(f"code tests: case {index}: 'tolerance' is {value!r}; a number of at least 0 or null is needed")
    return None if value is None else float(value)


def _call_case(item: Mapping[str, object], index: int) -> CallCase:
    args, kwargs = item.get("args"), item.get("kwargs") or {}
    if not isinstance(args, list) or not isinstance(kwargs, dict) or "expected" not in item:
        raise DataError(
            f"code tests: case {index} needs 'args' (a list), 'expected', and may have 'kwargs' (an object)"
        )
    try:
        return CallCase(
            args=tuple(decode_value(argument) for argument in args),
            expected=decode_value(item["expected"]),
            kwargs={str(name): decode_value(argument) for name, argument in kwargs.items()},
            tolerance=_tolerance(item, index),
        )
    except NotPlainData as error:
        raise DataError(f"code tests: case {index}: {error}") from error


def describe_target(target: str) -> str:
    """The tests of a code sample in words, for a person who asks what a program was compared with."""
    try:
        tests = parse_tests(target)
    except DataError as error:
        return f"tests that cannot be read: {error}"
    match tests:
        case CallTests(entry_point=name, cases=cases):
            return f"{counted(len(cases), 'call')} of {name}, each with its expected return value"
        case StdinTests(cases=cases):
            return f"{counted(len(cases), 'input')} of a main program, each with its expected output"
        case AssertTests(entry_point=name, tests=source):
            return f"test code that calls {name}: {source}"
        case UnitTests(entry_point=name, tests=source):
            return f"unittest classes that call {name}: {source}"
