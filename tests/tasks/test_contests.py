"""Contest rows: copies with other field names and sentences give one and the same sample."""

from __future__ import annotations

import pytest

from harness.tasks.contests import QWEN_SENTENCE, answer_of, contest_sample, problem_of

SAMPLE = contest_sample("aime", "hard")({"problem": "Find $x$.", "answer": "7"}, 0)


@pytest.mark.parametrize(
    "row",
    [
        {"Problem": "Find $x$.", "Answer": 7},
        {"question": f"Find $x$.\n{QWEN_SENTENCE}", "answer": "$7$"},
        {"prompt": "Find $x$.", "solution": r"First \boxed{3}, then \boxed{7}."},
    ],
)
def test_copies_in_other_clothes_are_one_sample(row: dict[str, object]) -> None:
    assert contest_sample("aime", "hard")(row, 9) == SAMPLE
    assert SAMPLE.prompt.count("\\boxed{}") == 1


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"answer": r"\$5"}, r"\$5"),  # an escaped dollar is money, not the delimiter of a formula
        ({"answer": None, "solution": r"\boxed{\frac{1}{2}}"}, r"\frac{1}{2}"),
        ({"answer": 27.0}, "27"),
    ],
)
def test_answer_is_the_field_or_the_last_box(row: dict[str, object], answer: str) -> None:
    assert answer_of(row) == answer


def test_rows_without_problem_or_answer_name_what_they_have() -> None:
    with pytest.raises(ValueError, match="none of the fields problem, Problem, question, prompt; found text"):
        problem_of({"text": "x"})
    with pytest.raises(ValueError, match="no answer and no solution; found problem"):
        answer_of({"problem": "x"})
