"""Lines to grade, and the command that grades them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

Rows = list[dict[str, object]]

needs_sandbox = pytest.mark.skipif(sys.platform != "linux", reason="no backend was ever tried on other systems")

PAIRS = [
    {"id": "half", "gold": "1/2", "prediction": "0.5"},
    {"gold": "$x^2 - 1$", "prediction": "(x - 1)(x + 1)", "question": "Expand."},
    {"id": 7, "gold": 3, "prediction": 4.0, "question": None},
]

HUMANEVAL = {
    "task_id": "HumanEval/7",
    "prompt": 'from math import sqrt\n\n\ndef root(x):\n    """The square root."""\n',
    "entry_point": "root",
    "test": "def check(candidate):\n    assert candidate(9) == 3\n    assert abs(candidate(2) - sqrt(2)) < 1e-9\n",
}

MBPP = {
    "task_id": 3,
    "code": "def merge(a, b):\n    return a + b\n",
    "test_setup_code": "",
    "test_list": ["assert merge([1], [2]) == [1, 2]"],
}

SAMPLES = [
    {"id": "a", "suite": "humaneval", "task_id": "HumanEval/7", "completion": "    return sqrt(x)\n"},
    {"id": "b", "suite": "mbpp", "task_id": 3, "completion": "def merge(a, b): return b + a"},
    {"id": "c", "suite": "mbpp", "task_id": "Mbpp/3", "completion": ""},
]


def jsonl(path: Path, rows: Sequence[object]) -> str:
    """A file with these rows; a row that is a text is written as it stands."""
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(path)


def rows_of(text: str) -> Rows:
    return [json.loads(line) for line in text.splitlines()]
