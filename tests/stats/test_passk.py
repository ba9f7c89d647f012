"""pass@k, pass^k and maj@k against counts of all subsets, done by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.intervals import Undefined
from harness.stats.passk import maj_at_k, pass_at_k, pass_hat_k, score
from tests.cases import all_cases


def test_two_of_five_correct() -> None:
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)  # 1 - C(3,2) / C(5,2) = 1 - 3/10
    assert pass_hat_k(5, 2, 2) == pytest.approx(0.1)  # C(2,2) / C(5,2) = 1/10


@given(st.integers(1, 9), st.data())
def test_pass_at_k_and_pass_hat_k_are_the_share_of_subsets(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(any(subset) for subset in subsets) / len(subsets))
    assert pass_hat_k(n, c, k) == pytest.approx(sum(all(subset) for subset in subsets) / len(subsets))


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, 0.4),  # two of five answers
        (3, (3 + 4 / 3) / 10),  # of 10 subsets aab, aab, aac win, and four abc win a third each
        (5, 0.5),  # a and b tie
    ],
)
def test_the_majority_of_a_a_b_b_c(k: int, expected: float) -> None:
    assert maj_at_k(np.array([0, 0, 1, 1, 2]), 0, k) == pytest.approx(expected)


def test_answers_that_are_none_have_no_vote() -> None:
    assert maj_at_k(np.array([-1, -1, -1, 7]), 7, 4) == 1.0
    assert maj_at_k(np.array([-1, -1, -1]), None, 3) == 0.0


def test_a_majority_of_many_repeats_is_drawn_and_repeatable() -> None:
    kinds = np.array([0] * 24 + [1] * 16)
    found = maj_at_k(kinds, 0, 20, seed=3)
    assert found == maj_at_k(kinds, 0, 20, seed=3)
    # of 20 drawn without return 12 are expected right, standard deviation sqrt(20 * 0.24 * 20 / 39) = 1.57: about 0.9
    assert 0.85 < found < 0.95


@all_cases(("n", "c", "k"), [(3, 4, 1), (3, 1, 4), (3, 1, 0), (3, -1, 1)])
def test_an_impossible_k_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="needs 0 <= c <= n and 1 <= k <= n"):
        pass_at_k(n, c, k)


def test_a_score_without_samples_is_undefined() -> None:
    assert score(np.zeros(0), np.zeros(0)) == Undefined(reason="no sample has enough repeats")
