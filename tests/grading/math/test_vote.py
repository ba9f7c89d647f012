"""Majority vote: groups by equality, the tie rule, samples without an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.grading.math.vote import cluster


def test_answers_are_grouped_by_equality_not_by_string() -> None:
    vote = cluster(["1/2", "3", "0.5", r"\frac{1}{2}", "3.0"])
    assert vote.groups == ((0, 2, 3), (1, 4))
    assert vote.winner == 0


def test_a_tie_goes_to_the_answer_that_came_first() -> None:
    assert cluster(["7", "8", "8", "7"]).winner == 0
    assert cluster(["9", "8", "7", "7", "8"]).winner == 1


def test_samples_without_an_answer_vote_for_nothing() -> None:
    vote = cluster([None, "4", None, None])
    assert vote.groups == ((1,),)
    assert vote.winner == 1
    assert cluster([None, None]).winner is None
    assert cluster([]).groups == ()


def test_a_choice_votes_with_its_value() -> None:
    assert cluster(["B", "5", "A"], "(A) 4\n(B) 5\n(C) 6").groups == ((0, 1), (2,))


@given(st.lists(st.one_of(st.none(), st.integers(0, 4).map(str)), max_size=20))
def test_every_answer_stands_in_one_group_and_the_winner_in_a_largest(answers: list[str | None]) -> None:
    vote = cluster(answers)
    positions = [position for group in vote.groups for position in group]
    assert sorted(positions) == [position for position, answer in enumerate(answers) if answer is not None]
    if vote.winner is not None:
        assert len(next(group for group in vote.groups if vote.winner in group)) == max(map(len, vote.groups))
