"""Majority vote: which answers are one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.grading.math.vote import cluster


def test_answers_are_grouped_by_equality_not_by_string() -> None:
    assert cluster(["1/2", "3", "0.5", r"\frac{1}{2}", " 3.0"]) == ((0, 2, 3), (1, 4))
    assert cluster([]) == ()


@given(st.lists(st.integers(0, 4).map(str), max_size=20))
def test_every_answer_stands_in_the_group_of_its_equals_in_the_order_they_came(answers: list[str]) -> None:
    firsts = dict.fromkeys(answers)
    expected = [tuple(place for place, answer in enumerate(answers) if answer == first) for first in firsts]
    assert cluster(answers) == tuple(expected)
