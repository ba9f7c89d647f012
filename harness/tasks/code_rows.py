"""What the code task files share: the target the code grader reads, prompts with a fence, whole references.

The target is JSON: kind `asserts`, `entry_point`, `setup` (Python run before the tests), `tests` (asserts, or a
`check(candidate)` and its call), `prelude` (Python put before a candidate that lacks it).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence

from harness.core.python_text import parse_python
from harness.core.types import Sample
from harness.tasks.prompts import FUNCTION
from harness.tasks.rows import text_field

MBPP_PRELUDE = """
import heapq
import itertools
import math
import re
import typing
from heapq import *
from typing import *
"""
"""Imports that published runs of MBPP put before an answer, because its problems do not say which are there."""


def completion_sample(row: Mapping[str, object]) -> Sample:
    """A row of HumanEval's format: a head with docstring to complete, `check(candidate)` as test.

    What the prompt has before the function (imports, in a few tasks a helper) is prelude of the candidate and setup of
    the tests, some of which call the helper.
    """
    prompt, entry_point = text_field(row, "prompt"), text_field(row, "entry_point")
    head = before_definition(prompt, entry_point)
    return Sample(
        id=text_field(row, "task_id"),
        prompt=completion_prompt(prompt),
        target=asserts_target(
            entry_point=entry_point,
            setup=head,
            tests=f"{text_field(row, 'test').rstrip()}\n\ncheck({entry_point})",
            prelude=head,
        ),
        reference=code_block_prompt(prompt + text_field(row, "canonical_solution")),
    )


def assert_tests_sample(
    *, task_id: str, problem: str, shown_tests: Sequence[str], code: str, setup: str, tests: str
) -> Sample:
    """A problem of MBPP's kind: a sentence, the asserts shown, `tests` run after `setup`.

    `shown_tests` give the entry point, which they call and the reference `code` defines.
    """
    shown = code_block_prompt("\n".join(shown_tests))
    return Sample(
        id=task_id,
        prompt=f"{problem.strip()}\n\nYour function must pass these tests:\n\n{shown}\n\n{FUNCTION}",
        target=asserts_target(
            entry_point=entry_point_of(shown_tests, code), setup=setup, tests=tests, prelude=MBPP_PRELUDE
        ),
        reference=code_block_prompt(code),
    )


def asserts_target(*, entry_point: str, tests: str, setup: str = "", prelude: str = "") -> str:
    """The target as JSON with sorted names."""
    fields = {
        "kind": "asserts",
        "entry_point": entry_point,
        "setup": setup.strip(),
        "tests": tests.strip(),
        "prelude": prelude.strip(),
    }
    return json.dumps(fields, sort_keys=True, ensure_ascii=False)


def code_block_prompt(code: str) -> str:
    """The code in a ```python block, line ends as \\n."""
    lines = code.replace("\r\n", "\n").strip("\n")
    return f"```python\n{lines}\n```"


def completion_prompt(prompt: str) -> str:
    """Asks for the function whose head and docstring are given."""
    return f"Complete the function below.\n\n{code_block_prompt(prompt)}\n\n{FUNCTION}"


def before_definition(prompt: str, entry_point: str) -> str:
    """The imports and helper functions of a prompt: what stands before the last `def entry_point`.

    Raises ValueError where the prompt has no such definition.
    """
    head, found, _ = ("\n" + prompt).rpartition(f"\ndef {entry_point}(")
    if not found:
        raise ValueError(f"the prompt does not define {entry_point!r}")
    return head


def entry_point_of(tests: Sequence[str], code: str) -> str:
    """The one function that the tests call and the reference solution defines.

    Raises ValueError where there is none or more than one, or where either is no Python.
    """
    try:
        called = _called_names(parse_python("\n".join(tests)))
        defined = {node.name for node in parse_python(code).body if isinstance(node, ast.FunctionDef)}
    except SyntaxError as error:
        raise ValueError(f"tests or code are no Python: {error.msg} in {error.text!r}") from None
    found = called & defined
    if len(found) != 1:
        raise ValueError(
            f"the tests call {', '.join(sorted(found)) or 'nothing'} of the solution; accepted: one function"
        )
    return found.pop()


def _called_names(tests: ast.Module) -> set[str]:
    calls = (node.func for node in ast.walk(tests) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}
