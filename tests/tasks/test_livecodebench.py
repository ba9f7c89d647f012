"""livecodebench: rows of the public format, composed here, become tests that the code grader runs; others are refused.

Hidden tests are not among the development data, so no published row is used.
"""

from __future__ import annotations

import base64
import json
import pickle
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.core.types import Sample, Verdict
from harness.grading.base import Grader, GraderOptions, make_grader
from harness.tasks.hidden_tests import PRELUDE, cases_target, read_cases
from harness.tasks.load import load_task
from tests.cases import all_cases


def packed(value: object, protocol: int | None = None) -> str:
    """As the release packs it: base64 of zlib of a pickle of the JSON text."""
    return base64.b64encode(zlib.compress(pickle.dumps(value, protocol=protocol))).decode()


def case(given: str, output: str, kind: str) -> dict[str, str]:
    return {"input": given, "output": output, "testtype": kind}


STDIN_ROW = {
    "question_id": "a1",
    "question_title": "Sum",
    "question_content": "Read n, then n numbers. Print their sum.",
    "platform": "atcoder",
    "contest_date": "2025-01-04T00:00:00",
    "starter_code": "",
    "difficulty": "easy",
    "public_test_cases": json.dumps([case("2\n1 2\n", "3\n", "stdin")]),
    "private_test_cases": packed(json.dumps([case("3\n1 2 3\n", "6", "stdin"), case("1\n-4", "-4\n", "stdin")])),
    "metadata": "{}",
}
FUNCTIONAL_ROW = {
    **STDIN_ROW,
    "question_id": "b2",
    "question_content": "Share a total among people: total divided by the number of names, by name.",
    "platform": "leetcode",
    "starter_code": "class Solution:\n    def share(self, total: int, names: List[str]) -> Dict[str, float]:\n        ",
    "difficulty": "medium",
    "public_test_cases": json.dumps([case('3\n["a", "b"]', '{"a": 1.5, "b": 1.5}', "functional")]),
    "private_test_cases": packed(json.dumps([case('1\n["c"]', '{"c": 1.0}', "functional")])),
    "metadata": json.dumps({"func_name": "share"}),
}
STDIN_PROGRAM = "```python\nn = int(input())\nprint(sum(map(int, input().split())))\n```"
CLASS = """```python
class Solution:
    def share(self, total: int, names: List[str]) -> Dict[str, float]:
        return {name: total / len(names) for name in names}
```"""


def load(folder: Path, *rows: dict[str, str], name: str = "livecodebench.jsonl") -> tuple[Sample, ...]:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_task("livecodebench", cwd=folder, data_dir=folder).samples


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    made = make_grader("code", GraderOptions())
    yield made
    made.close()


def test_a_stdin_problem_has_all_its_tests_and_asks_for_a_program(tmp_path: Path) -> None:
    (sample,) = load(tmp_path, STDIN_ROW)
    target = json.loads(sample.target)
    assert (sample.id, target["kind"], len(target["cases"])) == ("lcb-a1", "stdin", 3)
    assert "standard input" in sample.prompt
    assert sample.tags == {"difficulty": "easy", "platform": "atcoder", "contest_date": "2025-01-04"}
    assert "-4" not in sample.prompt


def test_a_functional_problem_shows_its_starter_code_and_calls_a_method(tmp_path: Path) -> None:
    (sample,) = load(tmp_path, FUNCTIONAL_ROW)
    target = json.loads(sample.target)
    assert (target["kind"], target["entry_point"]) == ("calls", "Solution.share")
    assert target["cases"][1]["args"] == [1, ["c"]]
    assert target["cases"][1]["expected"] == {"#": "dict", "v": [["c", 1.0]]}
    assert "```python\nclass Solution:\n    def share(self" in sample.prompt


@pytest.mark.parametrize(
    ("row", "answer", "verdict"),
    [
        (STDIN_ROW, STDIN_PROGRAM, Verdict.CORRECT),
        (STDIN_ROW, STDIN_PROGRAM.replace("sum(", "max("), Verdict.WRONG),
        (STDIN_ROW, STDIN_PROGRAM.replace("print", "exit"), Verdict.WRONG),
        (FUNCTIONAL_ROW, CLASS, Verdict.CORRECT),
        (FUNCTIONAL_ROW, CLASS.replace("total /", "total //"), Verdict.WRONG),
        (FUNCTIONAL_ROW, CLASS.replace("def share", "def split"), Verdict.WRONG),
        (FUNCTIONAL_ROW, CLASS.replace("total / len(names)", "total / len(names) + 1e-9"), Verdict.CORRECT),
    ],
)
def test_answers_are_graded_by_all_tests(
    row: dict[str, str], answer: str, verdict: Verdict, grader: Grader, tmp_path: Path
) -> None:
    (sample,) = load(tmp_path, row)
    grade = grader.grade(sample, answer, is_truncated=False)
    assert grade.verdict is verdict, grade.why


def test_hidden_tests_may_also_be_plain_json(tmp_path: Path) -> None:
    (sample,) = load(tmp_path, {**STDIN_ROW, "private_test_cases": json.dumps([case("1\n5", "5", "stdin")])})
    assert len(json.loads(sample.target)["cases"]) == 2


@all_cases("protocol", [0, 1, 2, 3, 4, 5])
def test_every_pickle_protocol_is_read_without_running_it(protocol: int) -> None:
    cases = [case("1", "é\n", "stdin")] * 2
    assert read_cases(packed(json.dumps(cases), protocol)) == cases


class Payload:
    """Unpickled, it would print."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("it ran",)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (packed(Payload()), "hold more than a text (pickle opcode "),
        (packed(["[]", "[]"]), "hold more than a text"),
        (packed("{}"), "not a list of objects"),
        (base64.b64encode(zlib.compress(pickle.dumps("[]" * 999))[:-9]).decode(), "or cut off"),
        ("%%%", "neither JSON nor packed"),
        (base64.b64encode(b"plain").decode(), "neither JSON nor packed"),
        ('[{"input": "1", "output": 2, "testtype": "stdin"}]', "lacks the text output"),
    ],
)
def test_fields_that_hold_no_cases_are_refused(field: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_cases(field)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("cases", "function", "message"),
    [
        ([], None, "of the kinds []"),
        ([case("1", "1", "stdin"), case("1", "1", "functional")], "f", "of the kinds ['functional', 'stdin']"),
        ([case("1", "1", "functional")], None, "the metadata names no func_name"),
    ],
)
def test_cases_that_make_no_target_are_refused(cases: list[dict[str, str]], function: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        cases_target(cases, function)


def test_the_prelude_is_python_and_leaves_the_builtins_alone() -> None:
    names: dict[str, object] = {}
    exec(PRELUDE.replace("sys.setrecursionlimit(50_000)", ""), names)
    for name in ("pow", "sum", "open", "compile", "min", "max", "abs", "round"):
        assert name not in names
    assert {"List", "Counter", "heappush", "bisect_left", "cache", "inf"} <= set(names)


def test_a_row_without_hidden_tests_is_refused_with_its_place(tmp_path: Path) -> None:
    prompts_only = {"question_id": "a1", "prompt": "?", "tests": "a name and a checksum"}
    with pytest.raises(DataError, match=r"livecodebench_v5_prompts.jsonl:1: this row has no tests: .* could be graded"):
        load(tmp_path, prompts_only, name="livecodebench_v5_prompts.jsonl")
    with pytest.raises(DataError, match=r"livecodebench.jsonl:1: this row has no tests"):
        load(tmp_path, {**STDIN_ROW, "private_test_cases": ""})


@pytest.mark.shared("data/benchmarks")
def test_the_prompts_only_file_is_refused(shared: Path) -> None:
    with pytest.raises(DataError, match="this row has no tests"):
        load_task("livecodebench", cwd=Path("/"), data_dir=shared / "data" / "benchmarks")
