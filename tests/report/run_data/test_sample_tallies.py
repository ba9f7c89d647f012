"""Correct and graded answers by sample, added one by one or many at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.report.run_data.sample_tallies import SampleTallies

ANSWERS = st.lists(st.tuples(st.integers(0, 9), st.booleans()))


@given(st.lists(ANSWERS, max_size=4))
def test_many_at_once_are_counted_as_one_by_one(blocks: list[list[tuple[int, bool]]]) -> None:
    names = {f"s{number}": number for number in range(10)}
    singly, together = SampleTallies(dict(names)), SampleTallies(dict(names))
    for block in blocks:
        for number, is_correct in block:
            singly.add(f"s{number}", is_correct=is_correct)
        together.add_all(
            np.array([number for number, _ in block], dtype=np.int64),
            np.array([right for _, right in block], dtype=bool),
        )
    assert together.by_id() == singly.by_id()
    assert list(together.by_id()) == list(singly.by_id())  # in the order of their first
    assert together.pairs() == singly.pairs()
    assert together.graded == singly.graded == sum(map(len, blocks))


def test_counts_of_a_sample() -> None:
    tallies = SampleTallies()
    for is_correct in (True, False, True):
        tallies.add("a", is_correct=is_correct)
    tallies.add("b", is_correct=False)
    assert tallies.by_id() == {"a": (2, 3), "b": (0, 1)}
