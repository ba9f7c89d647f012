"""How many samples and repeats a difference in accuracy needs, and what difference a run could have seen.

Variances come from an earlier run of both models or are stated by the user.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from harness.core.plurals import counted
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import Difference, SampleScores

MAX_SAMPLES = 10_000_000
"""Where the search for a number of samples gives up; no benchmark is as large."""
ALPHA = 0.05
"""Significance level of every test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningAssumptions:
    """What planning assumes of two models that no run has measured; `plan` and `claims` share these defaults.

    `accuracy`: of the better model. `correlation`: of single answers of both models over samples. `stable`: share of an
    answer's variance that lies between samples, which repeats do not reduce. 0.7 rather than more: the variance
    p(1 - p) grows towards 0.5, and a plan with too few samples costs a second run.
    """

    accuracy: float = 0.7
    correlation: float = 0.3
    stable: float = 0.5

    def paired_variance(self, difference: float = 0.0) -> PairedVariance:
        """Variances of two models whose accuracies differ by `difference`. Raises ValueError outside 0..1."""
        return assumed_paired_variance(
            self.accuracy, max(0.0, self.accuracy - difference), correlation=self.correlation, stable=self.stable
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedVariance:
    """Variances of the paired difference of two models, all in accuracy squared.

    `between`: of the difference of the true scores over samples (w^2); `within_first`, `within_second`: of one draw
    about its sample's true score (s^2). `between` counts in full whatever the repeats; `within` shrinks with them.
    """

    between: float
    within_first: float
    within_second: float

    def __post_init__(self) -> None:
        if min(self.between, self.within_first, self.within_second) < 0:
            raise ValueError(f"variances must not be negative, got {self}")

    def of_one_sample(self, repeats: int) -> float:
        """The variance of one sample's difference at that many repeats of either model."""
        return self.between + (self.within_first + self.within_second) / repeats


def paired_variance_of_run(first: SampleScores, second: SampleScores) -> PairedVariance | Undefined:
    """The variances as an earlier run shows them; needs two samples and two repeats of some sample for each model.

    Source: Miller 2024, arXiv 2411.00640, sec. 5 (power analysis): total variance of the differences, less the
    within-sample part p(1 - p) n / (n - 1) estimated from the repeats.
    """
    both = (first.repeats > 0) & (second.repeats > 0)
    if both.sum() < 2:
        return Undefined(reason="two samples graded for both models are needed")
    means, withins, shares = [], [], []
    for model in (first, second):
        repeats, share = model.repeats[both], model.correct[both] / model.repeats[both]
        many = repeats > 1
        if not many.any():
            return Undefined(
                reason="one repeat of each sample: the variances between and within samples cannot be separated"
            )
        # n / (n - 1): the plain p(1 - p) of few repeats is too small, by half at two.
        variance = share[many] * (1 - share[many]) * repeats[many] / (repeats[many] - 1)
        withins.append(float(variance.mean()))
        shares.append(float((1 / repeats).mean()))
        means.append(share)
    total = float((means[0] - means[1]).var(ddof=1))
    # An estimate of a variance by subtraction can fall below 0 where samples hardly differ.
    between = max(0.0, total - withins[0] * shares[0] - withins[1] * shares[1])
    return PairedVariance(between=between, within_first=withins[0], within_second=withins[1])


def assumed_paired_variance(first: float, second: float, *, correlation: float, stable: float = 0.5) -> PairedVariance:
    """The variances of two accuracies with a stated correlation of single draws over samples.

    `stable` is the share of a draw's variance that lies between samples (0: every sample alike; 1: repeats always
    agree); the correlation cannot exceed it. Raises ValueError outside these ranges.
    """
    if not (0 <= first <= 1 and 0 <= second <= 1 and 0 <= correlation <= stable <= 1):
        raise ValueError(
            "needs accuracies in 0..1 and 0 <= correlation <= stable <= 1, "
            f"got {first}, {second}, correlation {correlation}, stable {stable}"
        )
    one, other = first * (1 - first), second * (1 - second)
    between = stable * (one + other) - 2 * correlation * math.sqrt(one * other)
    return PairedVariance(
        between=max(0.0, between), within_first=(1 - stable) * one, within_second=(1 - stable) * other
    )


def samples_needed(
    difference: float, spread: PairedVariance, *, repeats: int, power: float = 0.8, confidence: float = 0.95
) -> int | Undefined:
    """How many samples show that difference in accuracy with that power, each drawn `repeats` times from both models.

    n = (t_a + t_b)^2 * variance of one sample's difference / difference^2, with Student's quantiles at n - 1 in place
    of normal ones, which are too few below 50. Source: Miller 2024, arXiv 2411.00640, sec. 5 (sample size).
    """
    _check(repeats, power)
    if difference == 0:
        return Undefined(reason="a difference of 0 cannot be shown by any number of samples")
    variance = spread.of_one_sample(repeats)

    def suffices(samples: int) -> bool:
        return _reach(samples, variance, power, confidence) <= abs(difference)

    high = 2
    # Doubling and halving and no formula: Student's quantiles depend on the number that is sought.
    while not suffices(high):
        high *= 2
        if high > MAX_SAMPLES:
            return Undefined(reason=f"more than {MAX_SAMPLES:,} samples")
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def repeats_needed(
    difference: float, spread: PairedVariance, *, samples: int, power: float = 0.8, confidence: float = 0.95
) -> int | Undefined:
    """How many repeats of each of the samples at hand show that difference; Undefined where no number does."""
    _check(1, power)
    if samples < 2 or difference == 0:
        return Undefined(reason="needs two samples or more and a difference that is not 0")
    allowed = (difference / _reach(samples, 1.0, power, confidence)) ** 2
    if allowed <= spread.between:
        least = _reach(samples, spread.between, power, confidence)
        return Undefined(
            reason=(
                f"the variance of {counted(samples, 'sample')} is too large: no number of repeats "
                f"shows less than {least:.3f}"
            )
        )
    # 1e-9: a quotient that is a whole number may lie a rounding error above it, and ceil would ask for one repeat more.
    return max(1, math.ceil((spread.within_first + spread.within_second) / (allowed - spread.between) - 1e-9))


def min_detectable_effect(
    samples: int, spread: PairedVariance, *, repeats: int, power: float = 0.8, confidence: float = 0.95
) -> float | Undefined:
    """The smallest difference in accuracy that such a run shows with that power: samples_needed solved for it."""
    _check(repeats, power)
    if samples < 2:
        return Undefined(reason="one sample: no difference can be shown")
    return _reach(samples, spread.of_one_sample(repeats), power, confidence)


def samples_to_decide(interval: ConfidenceInterval, *, samples: int, threshold: float) -> int | Undefined:
    """How many samples in all would move the interval off the threshold, if the estimate stays where it is.

    The nearer bound's distance shrinks as 1 / sqrt(samples). For a ratio give logarithms.
    """
    gap = abs(threshold - interval.estimate)
    if gap == 0:
        return Undefined(reason="the estimate lies on the threshold: no number of samples is expected to decide")
    half = interval.high - interval.estimate if threshold > interval.estimate else interval.estimate - interval.low
    # Never fewer than there are: an estimate beyond the threshold by luck must not shrink the plan.
    return max(samples, math.ceil(samples * (half / gap) ** 2))


def detectable_at_power(test: Difference | Undefined) -> float | Undefined:
    """The difference in accuracy that the samples of a paired test show with a chance of 80%.

    The interval's half-width holds one quantile of Student's t, the difference that is seen four times in five two
    (Miller 2024, arXiv 2411.00640, sec. 5): the half-width is scaled by the quotient.
    """
    if isinstance(test, Undefined):
        return test
    interval, unit = test.interval, PairedVariance(between=1.0, within_first=0.0, within_second=0.0)
    half = max(interval.estimate - interval.low, interval.high - interval.estimate)
    seen = min_detectable_effect(test.samples, unit, repeats=1, power=0.8, confidence=interval.confidence)
    even = min_detectable_effect(test.samples, unit, repeats=1, power=0.5, confidence=interval.confidence)
    if isinstance(seen, Undefined) or isinstance(even, Undefined):
        return Undefined(reason="one sample: no difference can be shown")
    least = half * seen / even
    return (
        least
        if least <= 1
        else Undefined(reason=f"{counted(test.samples, 'sample')}: not even a difference of 100 points")
    )


def _reach(samples: int, variance: float, power: float, confidence: float) -> float:
    freedom = samples - 1
    quantiles = special.stdtrit(freedom, np.array([(1 + confidence) / 2, power]))
    return float(quantiles.sum()) * math.sqrt(variance / samples)


def _check(repeats: int, power: float) -> None:
    if repeats < 1 or not 0.5 <= power < 1:
        raise ValueError(f"needs repeats >= 1 and 0.5 <= power < 1, got repeats {repeats}, power {power}")
