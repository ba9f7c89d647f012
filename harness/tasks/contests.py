"""Rows of mathematics contests, where published copies differ in field names and carry sentences of their own.

Covers the plain problem and its short answer, given apart or boxed in a solution.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from harness.core.types import Sample
from harness.tasks.prompts import MATH, with_instruction, without_sentence
from harness.tasks.rows import boxed_reference, content_id, last_boxed, number_text, text_field

QWEN_SENTENCE = "Please reason step by step, and put your final answer within \\boxed{}."
"""Stands at the end of every prompt in some published files; taken off, so that ours stands there once."""

_PROBLEM_FIELDS = ("problem", "Problem", "question", "prompt")
_ANSWER_FIELDS = ("answer", "Answer")
_UNESCAPED_DOLLAR = re.compile(r"(?<!\\)\$")


def contest_sample(prefix: str, difficulty: str) -> Callable[[Mapping[str, object], int], Sample]:
    """A task's `to_sample`: id from the problem's text, so that order and numbering of a copy do not matter."""

    def to_sample(row: Mapping[str, object], _position: int) -> Sample:
        problem = without_sentence(problem_of(row), QWEN_SENTENCE)
        target = answer_of(row)
        return Sample(
            id=content_id(prefix, problem),
            prompt=with_instruction(problem, MATH),
            target=target,
            tags={"difficulty": difficulty},
            reference=boxed_reference(target),
        )

    return to_sample


def problem_of(row: Mapping[str, object]) -> str:
    """The text of the first problem field there is. Raises ValueError naming the fields found."""
    name = next((name for name in _PROBLEM_FIELDS if name in row), None)
    if name is None:
        raise ValueError(f"none of the fields {', '.join(_PROBLEM_FIELDS)}; found {', '.join(sorted(row))}")
    return text_field(row, name)


def answer_of(row: Mapping[str, object]) -> str:
    r"""The answer field, else the last `\boxed{}` of the solution; without the dollar signs that delimit formulas."""
    name = next((name for name in _ANSWER_FIELDS if row.get(name) is not None), None)
    if name is not None:
        return _UNESCAPED_DOLLAR.sub("", number_text(row, name)).strip()
    if "solution" not in row:
        raise ValueError(f"no answer and no solution; found {', '.join(sorted(row))}")
    return _UNESCAPED_DOLLAR.sub("", last_boxed(text_field(row, "solution"))).strip()
