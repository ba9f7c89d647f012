"""What the rows of published code sets become: target, prompt, prelude."""

from __future__ import annotations

import json

import pytest

from harness.tasks.code_rows import (
    assert_tests_sample,
    before_definition,
    code_block_prompt,
    completion_sample,
    entry_point_of,
)

HEAD = "import math\n\n\ndef twice(x):\n    return 2 * x\n\n\n"
ROW = {
    "task_id": "HumanEval/1",
    "prompt": HEAD + 'def f(x):\n    """Four times x."""\n',
    "entry_point": "f",
    "canonical_solution": "    return twice(twice(x))\n",
    "test": "def check(candidate):\n    assert candidate(1) == 4\n",
}


def test_a_completion_keeps_the_prompts_imports_and_helpers_for_candidate_and_tests() -> None:
    sample = completion_sample(ROW)
    target = json.loads(sample.target)
    assert target["prelude"] == target["setup"] == HEAD.strip()
    assert target["tests"].endswith("\n\ncheck(f)")
    assert sample.reference is not None
    namespace: dict[str, object] = {}
    exec(f"{sample.reference.strip('`').removeprefix('python')}\n{target['tests']}", namespace)
    assert namespace["twice"]


def test_asserts_are_shown_and_name_the_function() -> None:
    sample = assert_tests_sample(
        task_id="7",
        problem=" Add. \n",
        shown_tests=["assert add(1, 2) == 3"],
        code="def add(a, b):\n    return a + b\n",
        setup="",
        tests="assert add(2, 2) == 4",
    )
    assert sample.prompt.startswith(
        "Add.\n\nYour function must pass these tests:\n\n```python\nassert add(1, 2) == 3\n```"
    )
    assert json.loads(sample.target)["entry_point"] == "add"


@pytest.mark.parametrize(
    ("tests", "code", "said"),
    [
        (["assert len([]) == 0"], "def f(): pass", "the tests call nothing of the solution; accepted: one function"),
        (["assert f(g())"], "def f(x): pass\ndef g(): pass", "the tests call f, g of the solution"),
        (["assert f("], "def f(): pass", "tests or code are no Python"),
    ],
)
def test_tests_that_do_not_name_one_function_are_refused(tests: list[str], code: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        entry_point_of(tests, code)


def test_the_last_definition_counts_and_a_missing_one_is_named() -> None:
    assert before_definition("def f(x): ...\ndef f(x):\n", "f") == "\ndef f(x): ..."
    with pytest.raises(ValueError, match="the prompt does not define 'g'"):
        before_definition("def f(x):\n", "g")


def test_line_ends_of_windows_become_plain() -> None:
    assert code_block_prompt("a = 1\r\nb = 2\r\n") == "```python\na = 1\nb = 2\n```"
