"""Answers in words: dates, times of day, sentences, number words, choices; each pair needs its rule."""

from __future__ import annotations

from fractions import Fraction

from harness.grading.math.comparison import text_answers
from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("August 9", "August 9th", True),
        ("9 August 1914", "August 9, 1914", True),
        ("October 2, 2031", "2031-10-02", True),
        ("3月8日", "March 8", True),
        ("2031-02-10", "2031-10-02", False),  # a difference of whole numbers without the rule: 2019 both
        ("August 9", "August 8", False),
    ],
)
def test_dates_are_days(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("7:10 PM", "19:10", True),
        ("6 AM", "6:00 AM", True),
        ("5:45:00", "05:45", True),
        ("12:30 am", "0:30", True),
        ("7:10 PM", "7:10", False),
    ],
)
def test_times_of_day_are_seconds_since_midnight(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


@all_cases(
    ("gold", "prediction", "is_equal"),
    [
        ("Clara reaches the shore before Dmitri", "Clara", True),
        ("Clara reaches the shore before Dmitri", "Dmitri", False),
        ("The owner of the boat is Dmitri", "Dmitri", True),
        ("Clara will not reach the shore", "Clara", False),  # what is negated is not told
    ],
)
def test_a_sentence_is_answered_by_its_subject_or_by_what_it_says_of_it(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal


@all_cases(
    ("text", "value"),
    [
        ("seventeen", 17),
        ("forty-two", 42),
        ("two thirds", Fraction(2, 3)),
        ("half", Fraction(1, 2)),
        ("五分之二", Fraction(2, 5)),
        ("apples", None),
    ],
)
def test_number_words_have_a_value(text: str, value: Fraction | int | None) -> None:
    assert text_answers.number_word(text) == value


@all_cases(("text", "letter"), [("(C)", "C"), ("C. 12", "C"), ("option C", "C"), (r"\text{(C)}", "C"), ("C + 1", None)])
def test_the_letter_of_a_choice_is_read_from_its_forms(text: str, letter: str | None) -> None:
    assert text_answers.choice_letter(text) == letter


def test_options_are_read_from_a_question_that_lists_them() -> None:
    assert text_answers.options_of("Which? (A) 4 (B) 5 (C) $x^2$") == {"A": "4", "B": "5", "C": "x^2"}
    assert text_answers.options_of("Triangle ABC has (A) a right angle") == {}
