"""Equality of answers, by the tables beside this file and by what only a question decides."""

from __future__ import annotations

import pytest

from harness.grading.math.comparison.compare import compare_answers
from harness.grading.math.symbolic.worker import SymbolicWorker
from tests.cases import all_cases
from tests.grading.math.equal_pairs import EQUAL
from tests.grading.math.unequal_pairs import UNEQUAL

QUESTION = "Find positive integers with the given property and compute m+n."


def test_the_quantity_the_question_asks_for_is_a_name(worker: SymbolicWorker) -> None:
    assert compare_answers("13", "m + n = 13", QUESTION, worker=worker).equal is True
    assert compare_answers("13", "m - n = 13", QUESTION, worker=worker).equal is False
    assert compare_answers("13", "m + n = 13", worker=worker).equal is False


def test_the_reason_is_a_sentence_with_both_sides(worker: SymbolicWorker) -> None:
    assert compare_answers("1/2", "0.5", worker=worker).why == "expected 1/2; got 0.5; equal as numbers"
    long = compare_answers("1/2", "x" * 500, worker=worker)
    assert len(long.why) < 160


def test_what_the_symbolic_stage_breaks_on_is_undecided_and_never_wrong(worker: SymbolicWorker) -> None:
    assert compare_answers(r"\int x dx", r"\frac{x^2}{2}+C", worker=worker).equal is None
    assert compare_answers(r"\int f", "f", worker=worker).equal is None
    assert compare_answers(r"\int x dx", r"\frac{x}{2}", worker=worker).equal is None


def test_conditions_with_different_numbers_are_different_answers(worker: SymbolicWorker) -> None:
    assert compare_answers("ax+b, where a(0)=0", "ax+b, where a(0)=1", worker=worker).equal is False
    assert compare_answers("ax+b, where a is positive", "ax+b", worker=worker).equal is True


def _rows(table: dict[str, list[tuple[str, str]]]) -> list[object]:
    return [
        pytest.param(gold, given, id=f"{kind}: {gold} | {given}")
        for kind, rows in table.items()
        for gold, given in rows
    ]


@all_cases(("gold", "given"), _rows(EQUAL))
def test_the_same_object_is_equal_in_any_notation(gold: str, given: str, worker: SymbolicWorker) -> None:
    comparison = compare_answers(gold, given, worker=worker)
    assert comparison.equal is True, comparison.why


@all_cases(("gold", "given"), _rows(UNEQUAL))
def test_another_object_is_not_equal(gold: str, given: str, worker: SymbolicWorker) -> None:
    comparison = compare_answers(gold, given, worker=worker)
    assert comparison.equal is False, comparison.why


@all_cases(
    ("question", "gold", "prediction", "is_equal"),
    [
        ("How many million people live there?", "12", "12 million", True),
        ("Give the sum in thousands.", "12", r"12\text{ thousand}", True),
        ("How many people live there?", "12", "12 million", False),
        ("How many thousand people live there?", "12", "12 million", False),
        ("How many million people live there?", "12000000", "12 million", True),
    ],
)
def test_a_scale_may_be_named_where_it_is_asked_for(
    question: str, gold: str, prediction: str, is_equal: bool, worker: SymbolicWorker
) -> None:
    assert compare_answers(gold, prediction, question, worker=worker).equal is is_equal
