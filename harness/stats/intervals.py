"""Intervals for one proportion, with repeats of the same sample taken for what they are: not independent.

Takes numbers, not rows, and imports the standard library only, so a progress screen may use it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

# Samples' weight of full clustering in design_effect: without it the interval covers as little as 85%.
PSEUDO_MIXED = 0.5
FEW_DRAWS = 5
"""Up to here Wilson's interval covers as little as 84% near 0 and 1 (docs/statistics.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceInterval:
    """An estimate with its bounds at the stated confidence; `method` names how they were found."""

    estimate: float
    low: float
    high: float
    confidence: float
    method: str

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.estimate, self.low, self.high)):
            raise ValueError(f"an interval needs finite numbers, got {self.low} {self.estimate} {self.high}")

    @property
    def width(self) -> float:
        """The distance between the bounds, in the estimate's unit."""
        return self.high - self.low

    def excludes(self, value: float) -> bool:
        """Whether the value lies outside the bounds."""
        return not self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Undefined:
    """A number that does not exist here, and why; stated in place of NaN, infinity or zero.

    `estimate`: the number, where only its interval does not exist.
    """

    reason: str
    estimate: float | None = None


def wilson(correct: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds for a proportion of `correct` out of `n`; n may be an effective size and need not be whole.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209; Brown, Cai and DasGupta 2001, Stat. Sci. 16:101, eq. 4.
    Raises ValueError unless 0 <= correct <= n and n > 0.
    """
    if not (n > 0 and 0 <= correct <= n):
        raise ValueError(f"a proportion needs 0 <= correct <= n and n > 0, got correct={correct} n={n}")
    # Not Wald's p +- z sqrt(p(1-p)/n): at 20 of 20 correct that has width 0 and claims certainty (Brown, Cai,
    # DasGupta).
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = correct / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # Rounding may leave 1e-17 where the exact bound at no or all correct is 0 or 1.
    low = 0.0 if correct == 0 else max(0.0, centre - half)
    high = 1.0 if correct == n else min(1.0, centre + half)
    return low, high


def clopper_pearson(correct: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The exact bounds for `correct` out of `n` independent answers: never too narrow, at any rate.

    Source: Clopper and Pearson 1934, Biometrika 26:404. Raises ValueError unless 0 <= correct <= n and n > 0.
    """
    if not (n > 0 and 0 <= correct <= n):
        raise ValueError(f"a proportion needs 0 <= correct <= n and n > 0, got correct={correct} n={n}")
    tail = (1 - confidence) / 2
    return _exact_low(correct, n, tail), 1 - _exact_low(n - correct, n, tail)


def _exact_low(correct: int, n: int, tail: float) -> float:
    """The rate at which `correct` or more of n have the chance `tail`, by bisection; 0 for none correct."""
    low, high = 0.0, 1.0 if correct else 0.0
    while high - low > 1e-12:
        rate = (low + high) / 2
        # A plain sum is exact enough: only proportions of at most FEW_DRAWS answers come here.
        chance = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(correct, n + 1))
        low, high = (low, rate) if chance > tail else (rate, high)
    return low


def clustered_proportion(samples: Sequence[tuple[float, int]], *, confidence: float = 0.95) -> ConfidenceInterval:
    """Accuracy over samples given as (correct, repeats): the share of all draws, its interval clustered by sample.

    Wilson's interval is taken at an effective number of draws, so that it holds near 0 and 1. `correct` may be a
    fraction of the repeats where a sample's score is one (pass@k, maj@k). Raises ValueError without any draw.
    """
    draws = sum(repeats for _, repeats in samples)
    if draws <= 0:
        raise ValueError("an accuracy needs at least one graded answer")
    correct = sum(hits for hits, _ in samples)
    p = min(1.0, correct / draws)
    drawn = [(hits, repeats) for hits, repeats in samples if repeats]
    method = "Wilson" if draws == len(drawn) else "Wilson, clustered by sample"
    # Ten repeats of one sample are not ten samples: taken as independent, the interval would be up to sqrt(10) too
    # narrow.
    effective = draws / design_effect(drawn)
    return _proportion_interval(p, effective, draws, confidence=confidence, method=method)


def proportion(correct: float, samples: int, *, confidence: float = 0.95) -> ConfidenceInterval:
    """The same where every sample has one repeat. Raises ValueError without any sample."""
    if samples <= 0:
        raise ValueError("an accuracy needs at least one graded answer")
    share = min(1.0, correct / samples)
    return _proportion_interval(share, float(samples), samples, confidence=confidence, method="Wilson")


def _proportion_interval(
    p: float, effective: float, draws: int, *, confidence: float, method: str
) -> ConfidenceInterval:
    """Wilson's interval; for at most 5 draws the wider of it and Clopper and Pearson's on each side."""
    low, high = wilson(p * effective, effective, confidence=confidence)
    if draws <= FEW_DRAWS:
        n = max(1, math.floor(effective + 1e-9))
        # 1e-9: draws over their effect may lie a rounding error below a whole number, and floor would lose an answer.
        fewest = max(math.floor(p * n + 1e-9), int(p > 0))  # some correct is never none, some wrong never all
        most = min(math.ceil(p * n - 1e-9), n - int(p < 1))
        low = min(low, clopper_pearson(fewest, n, confidence=confidence)[0])
        high = max(high, clopper_pearson(most, n, confidence=confidence)[1])
        method = f"{method}, at least Clopper-Pearson"
    return ConfidenceInterval(estimate=p, low=min(low, p), high=max(high, p), confidence=confidence, method=method)


def design_effect(samples: Sequence[tuple[float, int]]) -> float:
    """How many repeats of a sample are worth one independent draw: 1 to the mean number of repeats.

    The ratio of the variance clustered by sample to that of independent draws, drawn towards full clustering by half a
    sample: with two or three samples that are neither always right nor always wrong the estimate is mostly noise, and
    taken as it is the interval covers as little as 85% (docs/statistics.md). Every sample in `samples` has a repeat.
    Sources: cluster-robust variance of a mean, Miller 2024, arXiv 2411.00640, eq. 4; effective size in a score
    interval, Korn and Graubard 1998, Survey Methodology 24:193; the pull towards full clustering is ours.
    """
    clusters = len(samples)
    draws = sum(repeats for _, repeats in samples)
    most = draws / clusters
    p = sum(hits for hits, _ in samples) / draws
    if most <= 1 or clusters < 2 or not 0 < p < 1:
        return max(1.0, most)
    # The factor clusters / (clusters - 1) is the small-sample correction of the cluster-robust variance.
    between = sum((hits - p * repeats) ** 2 for hits, repeats in samples) * clusters / (clusters - 1) / draws**2
    estimated = between / (p * (1 - p) / draws)
    # How many samples carry information on the spread: with all samples always right but one, the estimate rests on
    # one.
    rarer = min(sum(hits > 0 for hits, _ in samples), sum(hits < repeats for hits, repeats in samples))
    pulled = (rarer * estimated + PSEUDO_MIXED * most) / (rarer + PSEUDO_MIXED)
    # Below 1 repeats would be worth more than independent draws: chance, and no reason for a narrower interval.
    return min(most, max(1.0, pulled))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies, interpolated between ranks (type 7 of Hyndman and Fan 1996).

    Raises ValueError for no values.
    """
    if not values:
        raise ValueError("a quantile needs at least one value")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
