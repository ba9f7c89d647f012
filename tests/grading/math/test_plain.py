"""What is graded at sight has the grade that the whole grader gives it, but for the seconds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Completion, FinishReason, Sample, Timing, Verdict
from harness.grading.base import graded, quick_grade
from harness.grading.math.grader import MathGrader, explain
from harness.grading.math.plain import plain_grade
from tests.cases import all_cases

PROMPTS = [
    "What is 3 + 4?",
    "Give the answer in base 7, as a percent, rounded to tens, in cm.",
    "选出正确的一项：A. 7 B. 8",
]


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(PROMPTS), st.sampled_from([{}, {"level": "5"}]))
def test_grade_at_sight_is_the_whole_graders(number: int, prompt: str, tags: dict[str, str]) -> None:
    sample = Sample(id="1", prompt=prompt, target=str(number), tags=tags)
    found = explain(sample, str(number))
    assert found.extraction is not None
    spans = ((found.extraction.start, found.extraction.end),)
    whole = graded(
        MathGrader(), found.verdict, found.extraction.answer, why=found.why, rule=found.rule, started=0.0, spans=spans
    )
    at_sight = plain_grade(sample, str(number))
    assert at_sight is not None
    assert replace(at_sight, seconds=0.0) == replace(whole, seconds=0.0)


@all_cases(
    ("text", "target", "tags"),
    [
        ("8", "9", {}),
        ("8 ", "8", {}),
        ("08", "08", {}),
        ("8.0", "8.0", {}),
        ("8", "8", {"unit": "cm"}),
        ("8", "8", {"tolerance": "1"}),
        ("x", "x", {}),
        ("", "", {}),
        ("1" * 16, "1" * 16, {}),
        ("٣", "٣", {}),
    ],
)
def test_anything_else_is_left_to_the_grader(text: str, target: str, tags: dict[str, str]) -> None:
    assert plain_grade(Sample(id="1", prompt="?", target=target, tags=tags), text) is None


@pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.REFUSED])
def test_number_that_was_cut_or_refused_is_left_to_the_grader(reason: FinishReason) -> None:
    sample = Sample(id="1", prompt="?", target="8")
    answer = Completion(text="8", reasoning="", finish_reason=reason, native_finish_reason=None, timing=Timing())
    assert quick_grade("math", sample, answer) is None
    assert quick_grade("exact", sample, replace(answer, finish_reason=FinishReason.STOP)) is None
    stopped = quick_grade("math", sample, replace(answer, finish_reason=FinishReason.STOP))
    assert stopped is not None
    assert stopped.verdict is Verdict.CORRECT
