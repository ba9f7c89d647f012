"""The unit behind an extracted number belongs to the answer."""

from __future__ import annotations

from harness.grading.math.extraction.extract import extract
from tests.cases import all_cases
from tests.grading.math.conftest import GradeResponse

AMOUNTS = [
    (r"6 \text{ cm}", r"The side is $\boxed{6}$ cm.", True),
    (r"6 \text{ cm}", r"The side is $\boxed{6}$ m.", False),
    (r"6 \text{ cm}", r"The side is \boxed{6} meters long.", False),
    (r"6 \text{ cm}", "The side is 6 m.", False),
    (r"6 \text{ cm}", "The side is **6** mm", False),
    (r"6 \text{ cm}", "The side is **60** mm", True),
    (r"6 \text{ cm}", "The answer is $6$ km.", False),
    (r"6 \text{ cm}^2", r"The area is $\boxed{6}$ cm².", True),
    (r"6 \text{ cm}^2", r"The area is $\boxed{6}$ cm^3.", False),
    ("6厘米", r"边长是$\boxed{6}$米。", False),
    ("6厘米", r"边长是$\boxed{6}$厘米。", True),
    ("6", r"The side is $\boxed{6}$ cm.", True),
    ("6", r"There are $\boxed{6}$ in the box.", True),
    (r"6 \text{ cm}", r"It is $\boxed{6}$ in the end.", True),
    (r"6 \text{ cm}", r"It is $\boxed{6}$ as a whole number.", True),
]


@all_cases(("gold", "response", "is_correct"), AMOUNTS)
def test_a_unit_behind_the_number_counts(
    gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, "How long is it?") is is_correct


WITHOUT = [
    (r"\boxed{x+1} m", "x+1"),
    (r"\boxed{6} won.", "6"),
    (r"\boxed{6} a day", "6"),
    (r"\boxed{(6, 7)} cm", "(6, 7)"),
    (r"\boxed{6 \text{ m}} cm", r"6 \text{ m}"),
]


@all_cases(("text", "answer"), WITHOUT)
def test_words_that_are_no_unit_of_the_number_stay_out(text: str, answer: str) -> None:
    found = extract(text, is_truncated=False)
    assert found is not None
    assert found.answer == answer


def test_the_offsets_reach_over_the_unit() -> None:
    text = "The side is **6** mm, as drawn."
    found = extract(text, is_truncated=False)
    assert found is not None
    assert text[found.start : found.end] == "**6** mm"
