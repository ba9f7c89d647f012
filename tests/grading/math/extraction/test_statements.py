"""Statements: the last one counts, whatever mark stood before."""

from __future__ import annotations

import pytest

from harness.grading.math.extraction.statements import stated_answer
from tests.cases import all_cases
from tests.grading.math.conftest import GradeResponse

MARKS = [
    ("Find the value.", "9", '{"answer": 9}\nWait, I made an error. \\boxed{10}', False),
    ("Find the value.", "10", '{"answer": 9}\nWait, I made an error. \\boxed{10}', True),
    ("Find the value.", "9", "\\boxed{10}\nHmm, that is wrong. The final answer is 9.", True),
    ("Find the value.", "10", "\\boxed{10}\nHmm, that is wrong. The final answer is 9.", False),
    ("Find the value.", "9", "The answer is 10.\n\nActually, no: the answer is 9.", True),
    ("Find the value.", "9", "#### 10\n#### 9", True),
    ("Find the value.", "9", "<answer>10</answer> ... <answer>9</answer>", True),
    ("Find the value.", "9", "**Answer: 10**\n\nCorrection: the answer should be **9**.", True),
    ("Find the value.", "9", r"The answer is \boxed{9}. Check: if x were 10, then \boxed{10} would follow.", True),
    ("Find the value.", "9", "Answer: 9\n\nVerification: 9+1 = 10.", True),
    ("Find the value.", "9", "\\boxed{9}\n\nNote that 3^2 = 9 and 10 is not a square.", True),
    ("Find the value.", "9", '```json\n{"answer": "10"}\n```\nThe final answer is 9.', True),
    ("Find the value.", "9", 'The final answer is 10.\n```json\n{"answer": "9"}\n```', True),
]


@all_cases(("question", "gold", "response", "is_correct"), MARKS)
def test_the_last_mark_counts(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct


FORMS = [
    ("Find.", "36", "Answer: 36</s>", True),
    ("Find.", "36", "Answer: 36<|im_end|>\n", True),
    ("求值。", "36", "答案是35?不对,是36。", True),
    ("Find.", "36", "Final answer\n============\n36", True),
    ("Find.", "36", "**Answer**\n\n36", True),
    ("Find.", "36", "### Final Answer\n\n$36$", True),
    ("Find.", "36", "Result = 36", True),
    ("Find.", "36", "| quantity | value |\n|---|---|\n| answer | 36 |", True),
    ("Find.", "36", "The answer is thirty-six.", True),
    ("Find.", "36", "Answer: **36** units", True),
    ("Find.", "36", "So the answer is\n\n\\[36.\\]", True),
    ("Find.", "36", r"Thus the answer equals $\dfrac{72}{2}=36$.", True),
    ("Find.", "36", "36", True),
    ("Find.", "36", "The answer is 35.", False),
    ("Find.", "36", "I don't know.", False),
    ("Find.", "36", r"Q.E.D. The answer is $36$. \(\square\)", True),
    ("Find.", "36", "<think>the answer is 35</think>The answer is 36.", True),
    ("Find.", "35", "<think>the answer is 35</think>The answer is 36.", False),
    ("Find.", "36", "<think>\nthe answer is 36", False),
    ("Find.", "36", "The tag '<think>' marks reasoning. The answer is 36.", True),
    ("Find.", "36", 'In code: `s = "<think>"`. Then \\boxed{36}', True),
    ("Find.", "36", "```python\nx = '<think>'\nprint(36)\n```\nThe answer is 36.", True),
    ("Find.", "36", 'The string "</think>" ends it. \\boxed{36} Done with "</think>".', True),
    ("Find.", "36", r"\boxed{36", False),
    ("Find.", "36", r"\boxed{}", False),
    ("Find.", "36", r"\boxed{36} as \boxed{\text{answer}}", True),
    ("Find.", "36", "\\boxed{36}\n\nRemember to write \\boxed{?}.", True),
    ("Find.", "36", r"\boxed{\ldots} is to be filled: \boxed{36}", True),
    ("Find.", "36", "\\boxed{...}\n36", True),
]


@all_cases(("question", "gold", "response", "is_correct"), FORMS)
def test_forms_of_a_statement_are_read(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct


@pytest.mark.parametrize(
    "statement",
    ["ANSWER: 12", "THE RESULT IS 12", "#### 12", "CORRECT CHOICE IS 12", "EDIT: 12", "A: 12", "12 IS THE ANSWER"],
)
def test_a_text_in_capitals_states_what_one_in_small_letters_states(statement: str) -> None:
    for text in (statement, statement.lower()):
        found = [stated_answer(f"so 5\n{text}", is_truncated=False, is_weak=weak) for weak in (False, True)]
        assert [one.answer for one in found if one is not None] == ["12"]
