"""Counts of the answers by the model that gave them, and the mark of figures that rest on another model's."""

from __future__ import annotations

from harness.report.run_data.answering import AnsweringModels, marked


def test_answers_are_counted_by_the_model_that_gave_them() -> None:
    answering = AnsweringModels(requested="gpt-5")
    for other in (None, "gpt-5-mini", None, "gpt-4", "gpt-5-mini"):
        answering.add(other)
    assert answering.text() == "answered by: gpt-5-mini 2 of 5, gpt-4 1 of 5, gpt-5 2 of 5"
    assert answering.counts() == {"gpt-5-mini": 2, "gpt-4": 1, "gpt-5": 2}


def test_a_model_that_gave_no_answer_is_not_named() -> None:
    answering = AnsweringModels(requested="gpt-5")
    answering.add("gpt-5-mini")
    assert answering.text() == "answered by: gpt-5-mini 1 of 1"


def test_figures_are_marked_only_where_another_model_answered() -> None:
    answering = AnsweringModels(requested="gpt-5", answers=3)
    assert marked("62%", is_mixed=answering.is_mixed) == "62%"
    answering.add("gpt-5-mini")
    assert marked("62%", is_mixed=answering.is_mixed) == "62% !"
