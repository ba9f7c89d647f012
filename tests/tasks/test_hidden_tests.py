"""Published test cases: plain or packed, read without running what a pickle asks for."""

from __future__ import annotations

import base64
import json
import pickle
import zlib

import pytest

from harness.tasks.hidden_tests import cases_target, read_cases
from tests.cases import all_cases

CASES = [{"input": "1\n[2]\n", "output": "3", "testtype": "functional"}]


def packed(value: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


@all_cases("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_and_packed_cases_are_the_same(protocol: int) -> None:
    text = json.dumps(CASES)
    assert read_cases(text) == CASES
    assert read_cases(base64.b64encode(zlib.compress(pickle.dumps(text, protocol))).decode()) == CASES


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


@pytest.mark.parametrize("value", [_Harmful(), ["a", "b"], 5, ("x",)])
def test_a_pickle_that_holds_more_than_a_text_is_refused_and_never_run(
    value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="packed test cases hold"):
        read_cases(packed(value))
    assert capsys.readouterr().out == ""


@all_cases(
    ("field", "said"),
    [
        ("nothing of the kind", "neither JSON nor packed"),
        (packed(json.dumps(CASES))[:-12], "neither JSON nor packed|or cut off"),
        ('["x"]', "not a list of objects"),
        ('[{"input": "1", "output": 2}]', "lacks the text output and testtype; found input, output"),
    ],
)
def test_fields_without_cases_are_refused(field: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_cases(field)


def test_functional_cases_become_calls_and_the_others_programs_with_input() -> None:
    calls = json.loads(cases_target(CASES, "add"))
    assert (calls["kind"], calls["entry_point"]) == ("calls", "Solution.add")
    assert calls["cases"] == [{"args": [1, [2]], "expected": 3, "tolerance": 1e-5}]
    stdin = json.loads(cases_target([{"input": "1 2", "output": "3", "testtype": "stdin"}], None))
    assert (stdin["kind"], stdin["cases"]) == ("stdin", [{"stdin": "1 2", "stdout": "3"}])


def test_an_object_gets_the_tag_of_the_graders_notation() -> None:
    case = {"input": '{"a": [{"b": 1}]}', "output": "{}", "testtype": "functional"}
    (call,) = json.loads(cases_target([case], "f"))["cases"]
    assert call["args"] == [{"#": "dict", "v": [["a", [{"#": "dict", "v": [["b", 1]]}]]]}]
    assert call["expected"] == {"#": "dict", "v": []}


@pytest.mark.parametrize(
    ("cases", "function", "said"),
    [
        (CASES, None, "names no func_name"),
        ([], "f", "at least one"),
        ([*CASES, {"input": "", "output": "", "testtype": "stdin"}], "f", "all stdin or all functional"),
    ],
)
def test_cases_that_make_no_target_are_refused(cases: list[dict[str, str]], function: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        cases_target(cases, function)
