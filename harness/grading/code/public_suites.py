"""The tests of the public code suites by name, read from a data folder, for programs from elsewhere.

Suites are humaneval, humanevalplus, mbpp, mbpp-sanitized, mbppplus and bigcodebench-hard, each one published file in
the folder or in its `benchmarks`. Tests are put together as the runs did that published verdicts: the MBPP suites get
the imports that those runs put in front.

Not covered: suites of other languages; tasks that the harness runs itself bring their own tests.
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import DataError, reason
from harness.core.labels import closest_names
from harness.core.python_text import parse_python
from harness.grading.code.case_specs import AssertTests, UnitTests

_FILES = {
    "humaneval": "humaneval.jsonl.gz",
    "humanevalplus": "humanevalplus_originfmt.jsonl.gz",
    "mbpp": "mbpp.jsonl.gz",
    "mbpp-sanitized": "mbpp_sanitized.json.gz",
    "mbppplus": "mbppplus_originfmt.jsonl.gz",
    "bigcodebench-hard": "bigcodebench_hard.json.gz",
}
_IMPORTS = "from typing import *\nimport math, re, heapq, itertools\nfrom heapq import *\nimport typing\n_str = str\n"

Row = Mapping[str, object]


def read_rows(path: Path) -> list[Row]:
    """The rows of a gzipped JSON or JSONL file. Raises DataError where it cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            text = file.read()
        found = json.loads(text) if path.name.endswith(".json.gz") else [*map(json.loads, text.splitlines())]
        rows: list[Row] = list(found.values()) if isinstance(found, dict) else found
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {reason(error)}; the published file of that name is needed") from error
    return rows


class PublicSuites:
    """The public suites of a data folder; each is read when first asked for."""

    def __init__(self, data_dir: Path) -> None:
        nested = data_dir / "benchmarks"
        self._folder = nested if nested.is_dir() else data_dir
        self._rows: dict[str, dict[str, Row]] = {}

    def rows(self, suite: str) -> dict[str, Row]:
        """A suite's rows by the number of their task. Raises DataError for an unknown suite or a missing file."""
        if suite not in _FILES:
            raise DataError(f"suite {suite!r} is unknown; {closest_names(suite, _FILES)}")
        if suite not in self._rows:
            rows = read_rows(self._folder / _FILES[suite])
            self._rows[suite] = {_number(row["task_id"]): row for row in rows}
        return self._rows[suite]

    def row(self, suite: str, task_id: object) -> Row:
        """One task's row. `Mbpp/3` and `3` name the same. Raises DataError for an unknown one."""
        found = self.rows(suite).get(_number(task_id))
        if found is None:
            raise DataError(f"task {task_id!r} is not in suite {suite}, which has {len(self.rows(suite))} tasks")
        return found


def _number(task_id: object) -> str:
    return str(task_id).rpartition("/")[2]


def prompt_of(suite: str, row: Row) -> str:
    """The code a completion continues; empty for the MBPP suites, whose programs stand alone."""
    if suite == "bigcodebench-hard":
        return str(row["complete_prompt"])
    return str(row["prompt"]) if suite.startswith("humaneval") else ""


def tests_of(suite: str, row: Row) -> AssertTests | UnitTests:
    """The tests of one row."""
    if suite == "bigcodebench-hard":
        name, start = str(row["entry_point"]), str(row["code_prompt"])
        return UnitTests(entry_point=name, setup=start[: start.rindex(f"def {name}(")], tests=str(row["test"]))
    return asserts_of(suite, row)


def asserts_of(suite: str, row: Row) -> AssertTests:
    """The tests of one row of a suite whose tests are asserts."""
    if suite.startswith("humaneval"):
        name, prompt = str(row["entry_point"]), str(row["prompt"])
        helpers = prompt[: prompt.rindex(f"def {name}(")]
        return AssertTests(entry_point=name, setup=helpers, tests=f"{row['test']}\ncheck({name})")
    asserts = row["test_list"]
    assert isinstance(asserts, list)
    listed = "\n".join(map(str, asserts))
    imports = row.get("test_imports")
    setup = "\n".join(map(str, imports)) if isinstance(imports, list) else str(row.get("test_setup_code", ""))
    tests = str(row["test"]) if suite == "mbppplus" else listed
    name = _called(str(row["code"]), listed)
    return AssertTests(entry_point=name, setup=_IMPORTS + setup, tests=tests, prelude=_IMPORTS)


def _called(code: str, tests: str) -> str:
    """The function of the reference that the tests call."""
    defined = {node.name for node in ast.walk(parse_python(code)) if isinstance(node, ast.FunctionDef)}
    calls = (node.func for node in ast.walk(parse_python(tests)) if isinstance(node, ast.Call))
    return next(func.id for func in calls if isinstance(func, ast.Name) and func.id in defined)
