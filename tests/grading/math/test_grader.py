"""The math grader: verdicts, what a Grade shows, tags of a sample, choices, truncation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from harness.core.errors import DataError
from harness.core.types import Completion, FinishReason, Sample, Timing, Verdict
from harness.grading.base import Grader, GraderOptions, grade_completion, make_grader
from harness.grading.math.plain import VERSION
from tests.cases import all_cases


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    made = make_grader("math", GraderOptions())
    yield made
    made.close()


def _sample(target: str, prompt: str = "?", **tags: str) -> Sample:
    return Sample(id="1", prompt=prompt, target=target, tags=tags)


def _completion(text: str, reason: FinishReason = FinishReason.STOP) -> Completion:
    timing = Timing(started_at=datetime(2026, 1, 1, tzinfo=UTC), waited_s=0.0, total_s=1.0)
    return Completion(text=text, reasoning="", finish_reason=reason, native_finish_reason=None, timing=timing)


def test_a_grade_says_what_was_found_by_which_rule_and_why(grader: Grader) -> None:
    grade = grader.grade(_sample("3/4"), r"so we get \boxed{0.75}", is_truncated=False)
    assert grade.verdict is Verdict.CORRECT
    assert grade.answer == "0.75"
    assert grade.why == "expected 3/4; got 0.75; equal as numbers"
    assert grade.rule == "box; equal as numbers"
    assert (grade.grader, grade.grader_version) == ("math", VERSION)
    assert 0 <= grade.seconds < 60
    assert grade.sandbox_backend is None


@all_cases(
    ("target", "text", "verdict"),
    [
        ("18", "She sells 9 eggs for $2, that is $18 a day.", Verdict.CORRECT),
        ("18", "She sells 9 eggs for $2, that is $19 a day.", Verdict.WRONG),
        ("18", "I cannot help with that.", Verdict.NO_ANSWER),
        ("18", r"<think>\boxed{18}</think>", Verdict.NO_ANSWER),
        (r"\frac{\pi}{4}", r"$\boxed{\pi/4}$", Verdict.CORRECT),
        ("12", "综上所述，答案是12。", Verdict.CORRECT),
        ("2, 3", r"$\boxed{3}$ and $\boxed{2}$", Verdict.CORRECT),
        ("2", r"$\boxed{3}$ and $\boxed{2}$", Verdict.WRONG),
    ],
)
def test_the_verdict_follows_from_the_final_answer(target: str, text: str, verdict: Verdict, grader: Grader) -> None:
    assert grader.grade(_sample(target), text, is_truncated=False).verdict is verdict


def test_a_truncated_response_with_a_stated_answer_is_graded(grader: Grader) -> None:
    cut = _completion("Let me see: 3 + 4 = 7, and then 7 +", FinishReason.LENGTH)
    stated = _completion(r"\boxed{7}. To check this", FinishReason.LENGTH)
    assert grade_completion(grader, _sample("7"), cut).verdict is Verdict.TRUNCATED
    assert grade_completion(grader, _sample("7"), stated).verdict is Verdict.CORRECT


def test_a_stated_tolerance_is_absolute_and_needs_a_number(grader: Grader) -> None:
    # |2.5 - 2.53| = 0.03 <= 0.05; |2.5 - 2.56| = 0.06 > 0.05
    within = grader.grade(_sample("2.5", tolerance="0.05"), r"\boxed{2.53}", is_truncated=False)
    beyond = grader.grade(_sample("2.5", tolerance="0.05"), r"\boxed{2.56}", is_truncated=False)
    no_number = grader.grade(_sample("2.5", tolerance="0.05"), r"\boxed{x}", is_truncated=False)
    assert within.verdict is Verdict.CORRECT
    assert "tolerance of 0.05" in within.why
    assert beyond.verdict is Verdict.WRONG
    assert no_number.verdict is Verdict.WRONG


def test_a_tolerance_that_is_no_number_is_a_mistake_of_the_task(grader: Grader) -> None:
    with pytest.raises(DataError, match="tolerance is 'some'; a number is accepted"):
        grader.grade(_sample("2.5", tolerance="some"), r"\boxed{2}", is_truncated=False)


def test_the_tasks_unit_makes_answers_in_other_units_convert(grader: Grader) -> None:
    # 1.5 m = 150 cm
    assert (
        grader.grade(_sample("1.5", unit="m"), r"\boxed{150\text{ cm}}", is_truncated=False).verdict is Verdict.CORRECT
    )
    assert grader.grade(_sample("1.5", unit="m"), r"\boxed{1.5}", is_truncated=False).verdict is Verdict.CORRECT
    assert grader.grade(_sample("1.5", unit="m"), r"\boxed{1.5\text{ cm}}", is_truncated=False).verdict is Verdict.WRONG


@all_cases(
    ("target", "unit", "answer"),
    [
        ("166", "$cm^2$", r"166 \text{ cm}^2"),
        ("$90$", r"^{\circ}", r"\frac{\pi}{2}"),
        ("4.2", "%", "0.042"),
        ("3, 4", "km", "4, 3"),
    ],
)
def test_units_come_as_latex_percent_or_degrees(target: str, unit: str, answer: str, grader: Grader) -> None:
    grade = grader.grade(_sample(target, unit=unit), rf"\boxed{{{answer}}}", is_truncated=False)
    assert grade.verdict is Verdict.CORRECT, grade.why


def test_a_tolerance_is_in_the_targets_unit(grader: Grader) -> None:
    # |4.2 - 4.25| = 0.05 <= 0.1, both in percent
    sample = _sample("4.2", unit="%", tolerance="1e-1")
    assert grader.grade(sample, r"\boxed{4.25\%}", is_truncated=False).verdict is Verdict.CORRECT
    assert grader.grade(sample, r"\boxed{4.25}", is_truncated=False).verdict is Verdict.CORRECT
    assert grader.grade(sample, r"\boxed{4.35\%}", is_truncated=False).verdict is Verdict.WRONG


def test_several_boxes_join_when_the_task_has_a_list_of_answers(grader: Grader) -> None:
    text = r"The first value comes out as \boxed{4}. For the second we have to solve another equation: \boxed{9}."
    assert grader.grade(_sample("4, 9", answers="list"), text, is_truncated=False).verdict is Verdict.CORRECT
    assert grader.grade(_sample("4, 9"), text, is_truncated=False).verdict is Verdict.WRONG


QUESTION = "How many sides has a hexagon?\n(A) 4\n(B) 5\n(C) 6\n(D) 7"


@all_cases(
    ("target", "text", "verdict"),
    [
        ("C", r"\boxed{C}", Verdict.CORRECT),
        ("C", r"\boxed{\text{(C) } 6}", Verdict.CORRECT),
        ("C", r"\boxed{6}", Verdict.CORRECT),
        ("6", r"\boxed{C}", Verdict.CORRECT),
        ("C", r"\boxed{B}", Verdict.WRONG),
        ("C", r"\boxed{7}", Verdict.WRONG),
        ("6", r"\boxed{D}", Verdict.WRONG),
    ],
)
def test_a_choice_and_its_value_are_the_same_answer(target: str, text: str, verdict: Verdict, grader: Grader) -> None:
    assert grader.grade(_sample(target, QUESTION), text, is_truncated=False).verdict is verdict
