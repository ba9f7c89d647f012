"""What a row of a user's own file may say, and what is refused before anything is paid."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from harness.core.types import Sample
from harness.tasks.own_file import task_from_file
from tests.cases import all_cases


def sample(row: Mapping[str, object], grader: str = "math") -> Sample:
    return task_from_file("my.jsonl", grader).to_sample(row, 0)


@all_cases("problem", ["prompt", "question", "problem", "input"])
@all_cases("answer", ["answer", "target"])
def test_any_of_the_usual_names_is_read(problem: str, answer: str) -> None:
    found = sample({problem: "1+1?", answer: "2", "something": "else"})
    assert found.prompt.startswith("1+1?")
    assert (found.target, found.system, found.reference, found.tags) == ("2", None, None, {})


def test_two_names_for_one_thing_must_agree() -> None:
    assert sample({"prompt": "1+1?", "question": "1+1?", "answer": "2"}).target == "2"
    with pytest.raises(ValueError, match="fields prompt and question differ; accepted: one of them"):
        sample({"prompt": "1+1?", "question": "2+2?", "answer": "2"})


def test_an_empty_cell_counts_as_missing() -> None:
    row = {"id": "", "prompt": "1+1?", "question": "", "answer": "2", "system": "", "tags": ""}
    assert sample(row) == sample({"prompt": "1+1?", "answer": "2"})


def test_an_id_that_is_missing_comes_from_the_problem_alone() -> None:
    first, second = sample({"prompt": "1+1?", "answer": "2"}), sample({"prompt": "1+1?", "answer": "3"})
    assert first.id == second.id != sample({"prompt": "2+2?", "answer": "2"}).id
    assert sample({"id": 7, "prompt": "1+1?", "answer": "2"}).id == "7"


@all_cases(
    ("answer", "grader", "target"),
    [
        (3, "math", "3"),
        (0.1, "numeric", "0.1"),
        ([1, "é"], "literal", '[1, "é"]'),
        ({"b": 1, "a": 2}, "code", '{"a": 2, "b": 1}'),
    ],
)
def test_answers_that_are_no_text_become_the_text_of_their_json(answer: object, grader: str, target: str) -> None:
    assert sample({"prompt": "?", "answer": answer}, grader).target == target


def test_tags_come_as_an_object_or_as_its_text_in_a_cell() -> None:
    for tags in ({"difficulty": "hard"}, '{"difficulty": "hard"}'):
        assert sample({"prompt": "?", "answer": "2", "tags": tags}).tags == {"difficulty": "hard"}


@all_cases(
    ("row", "said"),
    [
        ({"answer": "2", "text": "?"}, "none of the fields prompt, question, problem, input; found answer, text"),
        ({"prompt": "?", "solution": "2"}, "rename 'solution' to 'answer' if it holds the final answer alone"),
        ({"prompt": 5, "answer": "2"}, "the prompt is 5; accepted: text"),
        ({"prompt": "?", "answer": True}, "the answer is true; accepted: text, a number"),
        ({"prompt": "?", "answer": [2]}, "accepted for the grader math: text or a number"),
        ({"prompt": "?", "answer": "2", "id": True}, "id is true; accepted: text or a whole number"),
        ({"prompt": "?", "answer": "2", "id": 1.5}, "id is 1.5"),
        ({"prompt": "?", "answer": "2", "system": 1}, "system is 1; accepted: text"),
        ({"prompt": "?", "answer": "2", "tags": "hard"}, "tags is 'hard'; accepted: an object of texts as JSON"),
        ({"prompt": "?", "answer": "2", "tags": {"level": 5}}, "accepted: an object of texts"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_is_accepted(row: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        sample(row)
