"""Programs from elsewhere meet their suite's tests; small suites written here stand for the real files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.grading.code.public_suites import PublicSuites
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.limits import ResourceLimits
from tests.grading.code.suite_grading import grade_by_suite

_HUMANEVAL = {
    "task_id": "HumanEval/7",
    "prompt": 'from math import sqrt\n\n\ndef root(x):\n    """The square root."""\n',
    "entry_point": "root",
    "canonical_solution": "    return sqrt(x)\n",
    "test": "def check(candidate):\n    assert candidate(9) == 3\n    assert abs(candidate(2) - sqrt(2)) < 1e-9\n",
}
_MBPP = {
    "task_id": 3,
    "code": "def merge(a, b):\n    return a + b\n",  # a name that the imports in front hold too
    "test_setup_code": "",
    "test_list": ["assert merge([1], [2]) == [1, 2]"],
}


@pytest.fixture
def suites(tmp_path: Path) -> PublicSuites:
    """A data folder with one row in two suites."""
    for name, row in (("humaneval", _HUMANEVAL), ("mbpp", _MBPP)):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.write(json.dumps(row) + "\n")
    return PublicSuites(tmp_path)


@pytest.mark.parametrize(
    ("suite", "task_id", "completion", "verdict"),
    [
        ("humaneval", "HumanEval/7", "    return sqrt(x)\n", "correct"),
        ("humaneval", "HumanEval/7", "```python\ndef root(x):\n    return sqrt(x)\n```", "correct"),
        ("humaneval", "7", "    return x / 3\n", "wrong"),
        ("mbpp", "Mbpp/3", "def merge(a, b): return a + b", "correct"),
        ("mbpp", 3, "def merge(a, b): return heapq.merge(a, b)", "wrong"),
        ("mbpp", 3, "No idea.", "no_answer"),
    ],
)
def test_a_sample_is_graded_by_its_suites_tests(
    runner: CodeRunner, suites: PublicSuites, suite: str, task_id: object, completion: str, verdict: str
) -> None:
    result = grade_by_suite(completion, suite, task_id, suites=suites, runner=runner, limits=ResourceLimits())
    assert result.verdict.value == verdict, result


@pytest.mark.parametrize(
    ("suite", "task_id", "complaint"),
    [
        ("humanevel", "7", "did you mean humaneval"),
        ("mbpp", "4", "task '4' is not in suite mbpp, which has 1 tasks"),
        ("mbppplus", "4", "mbppplus_originfmt.jsonl.gz"),
    ],
)
def test_an_unknown_suite_or_task_is_named(suites: PublicSuites, suite: str, task_id: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        suites.row(suite, task_id)
