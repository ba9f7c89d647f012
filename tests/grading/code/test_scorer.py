"""The interface of a program's scorer, as other programs call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.grading.code.scorer import score_program


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("def solve(a, b): return a + b", "pass"),
        ("def solve(a, b): return a", "fail"),
        ("def solve(a, b):\n while 1: pass", "timeout"),
        ("def solve(a, b", "fail"),
    ],
)
def test_the_verdict_is_written_to_the_named_file(tmp_path: Path, source: str, verdict: str) -> None:
    file, tests, out = tmp_path / "solution.py", tmp_path / "tests.json", tmp_path / "out.json"
    file.write_text(source)
    tests.write_text(json.dumps({"entry": "solve", "cases": [{"args": [2, 3], "expected": 5}]}))
    assert score_program(str(file), str(tests), str(out), "0.3") == 0
    written = json.loads(out.read_text())
    assert written["verdict"] == verdict
    assert written["wall"]


def test_unreadable_tests_are_named(tmp_path: Path) -> None:
    tests = tmp_path / "tests.json"
    tests.write_text("{}")
    with pytest.raises(DataError, match=r"tests\.json"):
        score_program(str(tests), str(tests), str(tmp_path / "out"), "1")
