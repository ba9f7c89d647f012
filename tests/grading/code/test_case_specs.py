"""A target is read into typed tests, or refused with the field that is wrong."""

from __future__ import annotations

import json

import pytest

from harness.core.errors import DataError
from harness.grading.code.case_specs import AssertTests, CallCase, CallTests, StdinCase, StdinTests, parse_tests
from harness.grading.code.plain_values import encode_value, shown
from tests.cases import all_cases


def test_calls_are_read_with_their_tagged_values() -> None:
    case = {"args": [encode_value((1, {2})), 3], "kwargs": {"k": encode_value(b"x")}, "expected": encode_value({1: 2j})}
    text = json.dumps({"kind": "calls", "entry_point": "f", "prelude": "import re", "cases": [case]})
    wanted = CallCase(args=((1, {2}), 3), kwargs={"k": b"x"}, expected={1: 2j})
    assert parse_tests(text) == CallTests(entry_point="f", cases=(wanted,), prelude="import re")


def test_asserts_and_stdin_are_read() -> None:
    asserts = {"kind": "asserts", "entry_point": "f", "setup": "s = 1", "tests": "assert f(s)"}
    assert parse_tests(json.dumps(asserts)) == AssertTests(entry_point="f", setup="s = 1", tests="assert f(s)")
    stdin = {"kind": "stdin", "cases": [{"stdin": "1\n", "stdout": "2\n"}]}
    assert parse_tests(json.dumps(stdin)) == StdinTests(cases=(StdinCase(stdin="1\n", stdout="2\n"),))


@all_cases(
    ("text", "complaint"),
    [
        ("{", "no JSON"),
        ("[1]", "JSON list"),
        ('{"kind": "call"}', "kind is 'call'; accepted: calls, asserts, unittests, stdin"),
        ('{"kind": "calls", "cases": [{}]}', "'entry_point' is None"),
        ('{"kind": "calls", "entry_point": "f", "cases": []}', "at least one"),
        ('{"kind": "calls", "entry_point": "f", "cases": [{"args": [1]}]}', "case 0 needs"),
        ('{"kind": "calls", "entry_point": "f", "cases": [{"args": [{"#": "x"}], "expected": 1}]}', "case 0: tag 'x'"),
        (
            '{"kind": "calls", "entry_point": "f", "cases": [{"args": [], "expected": 1, "tolerance": "a"}]}',
            "tolerance",
        ),
        ('{"kind": "asserts", "entry_point": "f"}', "'tests' is None"),
        ('{"kind": "stdin", "cases": [{"stdin": "1"}]}', "'stdout' is None"),
    ],
)
def test_a_wrong_target_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        parse_tests(text)


def test_a_value_is_shown_on_one_short_line_whatever_it_is() -> None:
    assert shown([1, "a\nb"]) == "[1, 'a\\nb']"
    assert shown([10**5000]) == "<list with a number too wide to print>"
    assert shown("\udc80") == "'\\udc80'"
    assert shown("x" * 500).endswith("... (502 characters)")
