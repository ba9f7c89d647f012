"""Pieces of published rows: final answers, ids, numbers, code targets. Rows here are our own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.tasks.code_rows import assert_tests_sample, before_definition, completion_sample, entry_point_of
from harness.tasks.contests import contest_sample
from harness.tasks.prompts import MATH, for_grader, without_sentence
from harness.tasks.rows import after_marker, boxed_reference, content_id, difficulty_of_level, last_boxed, number_text
from tests.cases import all_cases


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("2 * 9 = 18\n#### 18", "18"),
        ("so\n#### 70,000", "70000"),
        ("#### 1\nno, wait\n####  -2 ", "-2"),
    ],
)
def test_answer_stands_after_the_last_marker(solution: str, answer: str) -> None:
    assert after_marker(solution, "####") == answer


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("\\boxed{3}", "3"),
        ("\\boxed{1} or rather \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}"),
        ("\\boxed{ \\{1, 2\\} }", "\\{1, 2\\}"),
    ],
)
def test_last_box_is_read_with_balanced_braces(solution: str, answer: str) -> None:
    assert last_boxed(solution) == answer


@all_cases(
    ("reads", "message"),
    [
        (lambda: after_marker("no marker", "####"), "no answer after '####'"),
        (lambda: after_marker("#### ", "####"), "no answer after"),
        (lambda: last_boxed("nothing"), "no complete"),
        (lambda: last_boxed("\\boxed{1"), "no complete"),
        (lambda: number_text({"answer": True}, "answer"), "'answer' holds true; accepted: a number or text"),
        (lambda: number_text({"answer": None}, "answer"), "'answer' holds null"),
        (lambda: difficulty_of_level("7"), "level '7' is unknown"),
        (lambda: before_definition("x = 1", "f"), "does not define 'f'"),
        (lambda: entry_point_of(["assert g(1)"], "def f(x): return x"), "the tests call nothing of the solution"),
        (lambda: entry_point_of(["assert f(g(1))"], "def f(x): pass\ndef g(x): pass"), "call f, g of the solution"),
        (lambda: entry_point_of(["assert f("], "def f(x): pass"), "no Python"),
    ],
)
def test_what_cannot_be_read_is_said(reads: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reads()


@all_cases(
    ("value", "text"),
    [(27.0, "27"), (27, "27"), (" 27.0 ", "27"), ("2.0i", "2.0i"), (1.05, "1.05"), (0.5, "0.5"), (-1.0, "-1")],
)
def test_numbers_published_as_floats_are_read_as_the_contest_says(value: object, text: str) -> None:
    assert number_text({"answer": value}, "answer") == text


def test_content_id_depends_on_words_and_not_on_white_space() -> None:
    assert content_id("x", "one  two\n") == content_id("x", "one two")
    assert content_id("x", "one two") != content_id("x", "one too")
    assert content_id("x", "one two").startswith("x-")


def test_reference_ends_with_the_box() -> None:
    assert boxed_reference("7", "3 + 4 is 7.") == "3 + 4 is 7.\n\nThe final answer is $\\boxed{7}$."


def test_sentence_of_a_published_file_is_taken_off() -> None:
    assert without_sentence("Find x.\nDo it well.", "Do it well.") == "Find x."
    assert without_sentence("Find x.", "Do it well.") == "Find x."


def test_prompt_for_an_unknown_grader_is_left_alone() -> None:
    assert for_grader("Find x.", "essay") == "Find x."
    assert for_grader("Find x.", "math") == f"Find x.\n\n{MATH}"


@all_cases(
    "row",
    [
        {"problem": "Find $x$.", "answer": 7},
        {"Problem": " Find $x$.\n", "Answer": "$7$"},
        {"prompt": "Find $x$.\nPlease reason step by step, and put your final answer within \\boxed{}.", "answer": 7.0},
        {"problem": "Find $x$.", "solution": "It is \\boxed{7}."},
    ],
)
def test_copies_of_a_contest_give_one_sample(row: dict[str, object]) -> None:
    expected = contest_sample("c", "hard")({"problem": "Find $x$.", "answer": "7"}, 0)
    assert contest_sample("c", "hard")(row, 5) == expected


def test_completion_keeps_what_stands_before_the_function() -> None:
    sample = completion_sample(
        {
            "task_id": "own/1",
            "prompt": 'import math\n\n\ndef twice(x):\n    return 2 * x\n\n\ndef f(x):\n    """Four times x."""\n',
            "entry_point": "f",
            "canonical_solution": "    return twice(twice(x))\n",
            "test": "def check(candidate):\n    assert candidate(1) == 4\n",
        }
    )
    target = json.loads(sample.target)
    assert target["prelude"] == "import math\n\n\ndef twice(x):\n    return 2 * x"
    assert target["tests"].endswith("check(f)")
    assert sample.reference is not None
    assert sample.reference.endswith("    return twice(twice(x))\n```")
    assert sample.prompt.startswith("Complete the function below.\n\n```python\nimport math")


def test_tested_problem_shows_its_asserts_and_hides_its_solution() -> None:
    sample = assert_tests_sample(
        task_id="own-2",
        problem="Write a function that doubles.\r\n",
        shown_tests=["assert set(twice([1])) == {2}"],
        code="def pair(x):\r\n    return x + x\r\ndef twice(xs):\r\n    return [pair(x) for x in xs]",
        setup="",
        tests="assert set(twice([1])) == {2}",
    )
    assert json.loads(sample.target)["entry_point"] == "twice"
    assert "assert set(twice([1])) == {2}" in sample.prompt
    assert "pair" not in sample.prompt
    assert "\r" not in str(sample.reference)
