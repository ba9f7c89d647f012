"""Differences in accuracy between models that answered the same samples, with repeats: bounds, tests, verdicts.

Each model is (correct, repeats) by sample. Covers the paired interval, the exact test beside it, Holm's correction
over a table, the one best model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

from harness.stats.arrays import Counts, Floats, as_floats, same_length
from harness.stats.intervals import ConfidenceInterval, Undefined

# Additions of the convolution. Above it, 9,999 flips place a p-value of 0.05 within 0.004 (95%, binomial).
MAX_EXACT_STEPS = 50_000_000
FLIPS = 9_999
"""With the observed difference 10,000, so that a p-value is a multiple of 1/10,000."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleScores:
    """Correct answers and graded repeats, by sample; both of shape (samples,)."""

    correct: Floats
    repeats: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "correct", as_floats(self.correct, what="correct", dimensions=1))
        object.__setattr__(self, "repeats", as_floats(self.repeats, what="repeats", dimensions=1))
        same_length(correct=self.correct, repeats=self.repeats)
        if (self.correct < 0).any() or (self.correct > self.repeats).any():
            raise ValueError("each sample needs 0 <= correct <= repeats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Accuracy of the first minus that of the second over the samples both have.

    `p_value` is of the test named `test`; `differing` counts samples on which the two scored differently; `left_out`
    those that are ungraded for one of the two.
    """

    interval: ConfidenceInterval
    p_value: float
    test: str
    samples: int
    differing: int
    left_out: int


def paired_difference(
    first: SampleScores, second: SampleScores, *, confidence: float = 0.95, seed: int = 0
) -> Difference | Undefined:
    """The mean over samples of the difference in score (each the mean of its repeats), with interval and test.

    Bounds: Student's t on the differences by sample, Miller 2024, arXiv 2411.00640, sec. 4 (paired). To their
    variance is added 1 / (n * sqrt(repeats) * (1 + differing)): without it the interval has width 0 where no sample
    differs and covers as little as 35% near 0 and 1; the term is ours, in the spirit of the pseudo-observations of
    Agresti and Min 2005, Stat. Med. 24:729, and is gone where samples differ (docs/statistics.md).
    """
    same_length(first=first.correct, second=second.correct)
    both = (first.repeats > 0) & (second.repeats > 0)
    samples = int(both.sum())
    left_out = len(both) - samples
    if samples == 0:
        return Undefined(reason="no sample was graded for both models")
    if samples == 1:
        return Undefined(reason="one sample: the spread between samples is not known")
    # Paired: on samples that both find easy the two agree, and that variance falls out. Two separate intervals that
    # overlap are no test of the difference.
    gaps = first.correct[both] / first.repeats[both] - second.correct[both] / second.repeats[both]
    # 1e-12: 1/3 of one and 2/6 of the other may differ in their last digit.
    differing = int((np.abs(gaps) > 1e-12).sum())
    repeats = float(np.sqrt(first.repeats[both].mean() * second.repeats[both].mean()))
    centre = float(gaps.mean())
    variance = float(gaps.var(ddof=1)) + 1 / (samples * math.sqrt(repeats) * (1 + differing))
    half = float(special.stdtrit(samples - 1, (1 + confidence) / 2)) * math.sqrt(variance / samples)
    test, p_value = sign_flip(_in_steps(first, second, both), seed=seed)
    return Difference(
        interval=ConfidenceInterval(
            estimate=centre,
            low=max(-1.0, centre - half),
            high=min(1.0, centre + half),
            confidence=confidence,
            method="Student's t on paired differences by sample, floored variance",
        ),
        p_value=p_value,
        test="exact McNemar" if repeats == 1 and test.startswith("exact") else test,
        samples=samples,
        differing=differing,
        left_out=left_out,
    )


def _in_steps(first: SampleScores, second: SampleScores, both: np.ndarray) -> Floats:
    """The differences by sample, as whole numbers of answers where every sample has the same repeats."""
    repeats = np.concatenate([first.repeats[both], second.repeats[both]])
    if (repeats == repeats[0]).all():
        return np.asarray(first.correct[both] - second.correct[both])
    return np.asarray(first.correct[both] / first.repeats[both] - second.correct[both] / second.repeats[both])


def sign_flip(gaps: Floats, *, seed: int = 0) -> tuple[str, float]:
    """Name and two-sided p-value of the test that each difference could as well have had the other sign.

    Whole differences: the exact distribution of the sum, by convolution; with one repeat it is McNemar's exact test
    (McNemar 1947, Psychometrika 12:153, binomial form). Others, or very many: 9,999 drawn flips, counting the
    observed one. Source: Fisher 1935, Design of Experiments, sec. 21; Phipson and Smyth 2010, SAGMB 9:39, for the +1.
    """
    sizes = np.abs(gaps[np.abs(gaps) > 1e-12])
    if not len(sizes):
        return "exact sign flip", 1.0
    observed = abs(float(gaps.sum()))
    whole = np.rint(sizes).astype(np.int64)
    if np.allclose(sizes, whole) and len(whole) * int(whole.sum()) <= MAX_EXACT_STEPS:
        return "exact sign flip", _exact_tail(whole, round(observed))
    rng = np.random.default_rng(seed)
    steps, copies = np.unique(np.round(sizes, 12), return_counts=True)
    sums = np.zeros(FLIPS)
    for step, copy in zip(steps, copies, strict=True):  # equal differences: how many stay positive is one draw
        sums += step * (2 * rng.binomial(copy, 0.5, FLIPS) - copy)
    # 1e-9: sums of the same steps in another order differ in their last digits and must count as equally far.
    as_far = int((np.abs(sums) >= observed - 1e-9).sum())
    return f"sign flip, {FLIPS:,} draws", (as_far + 1) / (FLIPS + 1)


def _exact_tail(sizes: Counts, observed: int) -> float:
    """Chance that the sum of sizes with fair signs is at least as far from 0 as observed.

    Runs over sums of the positively signed part: the signed sum is 2 * part - total. One repeat: a binomial tail.
    """
    total = int(sizes.sum())
    if (sizes == 1).all():
        below = (total - observed) // 2
        return min(1.0, 2 * float(special.bdtr(below, total, 0.5)))
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    for size in sizes:
        # The right side is computed before it is stored; the first `size` entries have only the "negative sign" half.
        chance[size:] = (chance[size:] + chance[:-size]) / 2
        chance[:size] /= 2
    sums = 2 * np.arange(total + 1) - total
    return min(1.0, float(chance[np.abs(sums) >= observed].sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for all of them being tested: reject those at most alpha, and at most alpha errs at all.

    Source: Holm 1979, Scand. J. Stat. 6:65.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        # The running maximum keeps the order: without it a larger p-value could be adjusted to a smaller one.
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallBest:
    """The model that beats every other, as its position."""

    position: int


def overall_best(models: Sequence[SampleScores], *, confidence: float = 0.95, seed: int = 0) -> OverallBest | Undefined:
    """The one model whose paired interval to every other lies above 0 and whose tests all survive Holm's correction.

    All pairs of the table are tested. Undefined, with the nearest rival, where no model is separated from all others.
    """
    if len(models) < 2:
        return Undefined(reason="one model: nothing to compare it with")
    gaps: dict[tuple[int, int], Difference] = {}
    for pair in combinations(range(len(models)), 2):
        gap = paired_difference(models[pair[0]], models[pair[1]], confidence=confidence, seed=seed)
        if isinstance(gap, Undefined):
            return Undefined(reason=f"models {pair[0]} and {pair[1]}: {gap.reason}")
        gaps[pair] = gap
    adjusted = dict(zip(gaps, holm([gap.p_value for gap in gaps.values()]), strict=True))
    wins = [0] * len(models)
    for pair, gap in gaps.items():
        # Both are asked for: the test is exact and the interval is not, so near the border they may disagree.
        if adjusted[pair] <= 1 - confidence and gap.interval.excludes(0.0):
            wins[pair[0] if gap.interval.estimate > 0 else pair[1]] += 1
    if max(wins) < len(models) - 1:
        return Undefined(reason=f"no model is separated from all {len(models) - 1} others after Holm's correction")
    return OverallBest(position=wins.index(max(wins)))
