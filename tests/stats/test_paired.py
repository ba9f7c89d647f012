"""Paired differences, exact tests and verdicts, with p-values counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.intervals import Undefined
from harness.stats.paired import (
    Difference,
    OverallBest,
    SampleScores,
    holm,
    overall_best,
    paired_difference,
    sign_flip,
)
from tests.cases import all_cases


def scored(*correct: float, repeats: int = 1) -> SampleScores:
    return SampleScores(correct=np.array(correct), repeats=np.full(len(correct), float(repeats)))


@all_cases(
    ("gaps", "p_value"),
    [
        ([1, 1, 1, 1, 1, -1], 14 / 64),  # McNemar 5 against 1: 2 * (1 + 6) / 2^6
        ([2, 1], 0.5),  # of +-2 +-1 two of four sums are as far out as 3
        ([2, -1, 1], 0.75),  # sums 4 2 2 0 0 -2 -2 -4: six of eight are as far out as 2
        ([0, 0], 1.0),
    ],
)
def test_sign_flips_are_counted_exactly(gaps: list[int], p_value: float) -> None:
    name, found = sign_flip(np.array(gaps, dtype=np.float64))
    assert found == pytest.approx(p_value)
    assert name == "exact sign flip"


def test_unequal_repeats_are_tested_by_drawn_flips_near_the_exact_chance() -> None:
    name, found = sign_flip(np.array([0.5, 1 / 3, 0.25, 0.9]), seed=4)
    assert name == "sign flip, 9,999 draws"
    assert found == pytest.approx(2 / 16, abs=0.015)  # only all plus and all minus are as far out


def test_a_difference_of_one_repeat_is_tested_by_mcnemar() -> None:
    found = paired_difference(scored(1, 1, 1, 1, 1, 0, 1, 0), scored(0, 0, 0, 0, 0, 1, 1, 0))
    assert isinstance(found, Difference)
    assert found.test == "exact McNemar"
    assert found.p_value == pytest.approx(14 / 64)
    assert found.interval.estimate == pytest.approx(0.5)
    # variance of 5 x 1, 1 x -1, 2 x 0 about 0.5: (6 - 2) / 7 = 0.5714; floor 1 / (8 * 7) = 0.0179
    # half = 2.3646 * sqrt(0.5893 / 8) = 0.6418
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.1418, 1.0), abs=1e-3)
    assert (found.differing, found.samples, found.left_out) == (6, 8, 0)


def test_models_that_never_differ_are_not_known_to_be_equal() -> None:
    found = paired_difference(scored(*[1] * 30), scored(*[1] * 30))
    assert isinstance(found, Difference)
    # half = 2.0452 * sqrt(1 / 30 / 30) = 0.0682
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.0682, 0.0682), abs=1e-3)
    assert found.p_value == 1.0


def test_samples_graded_for_one_model_only_are_left_out_and_counted() -> None:
    first = SampleScores(correct=np.array([2.0, 1, 0, 0]), repeats=np.array([2.0, 2, 2, 0]))
    second = SampleScores(correct=np.array([1.0, 1, 0, 2]), repeats=np.array([2.0, 2, 0, 2]))
    found = paired_difference(first, second)
    assert isinstance(found, Difference)
    assert (found.samples, found.left_out, found.interval.estimate) == (2, 2, 0.25)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (scored(1), scored(0), "one sample: the spread between samples is not known"),
        (scored(0, 0, repeats=0), scored(1, 1), "no sample was graded for both models"),
    ],
)
def test_a_difference_that_cannot_be_stated_says_why(first: SampleScores, second: SampleScores, reason: str) -> None:
    assert paired_difference(first, second) == Undefined(reason=reason)


def test_models_of_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="aligned by sample"):
        paired_difference(scored(1, 0), scored(1, 0, 1))


def test_holm_multiplies_by_the_tests_still_standing() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_the_best_model_must_beat_every_other() -> None:
    strong, weak = scored(*[4] * 20, repeats=4), scored(*[1] * 20, repeats=4)
    assert isinstance(found := overall_best([weak, strong, weak]), OverallBest)
    assert found.position == 1
    tied = overall_best([strong, weak, strong])
    assert isinstance(tied, Undefined)
    assert tied.reason.startswith("no model is separated")
    assert isinstance(overall_best([strong]), Undefined)
