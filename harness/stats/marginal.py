"""What more of one thing costs in another: differences of means, and dollars for each further point of accuracy.

Both models are given by sample in the same order; differences are the first minus the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from harness.stats.arrays import Floats, same_length
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.means import PerSample, mean
from harness.stats.mover import correlation, difference_bounds
from harness.stats.paired import SampleScores, paired_difference
from harness.stats.resample import (
    MAX_ERRORS,
    MAX_FOR_BOOTSTRAP,
    MIN_FOR_BOOTSTRAP,
    STANDARD,
    Resampling,
    resampled_means,
)
from harness.stats.tail import room_words

NO_GAIN = "no measurable gain in accuracy"
POINTS = 100
"""Percentage points of an accuracy of 1."""


def mean_difference(first: PerSample, second: PerSample, plan: Resampling = STANDARD) -> ConfidenceInterval | Undefined:
    """Mean of the first minus mean of the second over the samples both have, in the unit of the totals.

    Percentile-t bootstrap over samples, which keeps the pairs together, its standard error from the linearisation of
    both ratios of sums in each draw; below 8 and above 2,000 samples Student's t. Sources as for
    resample.product_interval. Each bound has room for the runaway answers of one of the two, added in squares as in
    ratio.mean_ratio.
    """
    same_length(first=first.totals, second=second.totals)
    held = (first.counts > 0) & (second.counts > 0)
    one, other = first.of_samples(held), second.of_samples(held)
    if not held.any():
        return Undefined(reason="no sample was measured for both models")
    columns = np.column_stack([one.totals, one.counts, other.totals, other.counts])
    sums = columns.sum(axis=0)
    centre = float(sums[0] / sums[1] - sums[2] / sums[3])
    if len(columns) < 2:
        return Undefined(reason="one sample: the spread between samples is not known", estimate=centre)
    widened: list[float] = []
    for name, quantity in (("first", one), ("second", other)):
        more = _widening(quantity, plan)
        if isinstance(more, Undefined):
            return Undefined(reason=f"{name} model: {more.reason}", estimate=centre)
        widened.append(more)
    below, above, method = _distances(columns, plan)
    return ConfidenceInterval(
        estimate=centre,
        low=centre - math.hypot(below, math.sqrt(widened[1])),
        high=centre + math.hypot(above, math.sqrt(widened[0])),
        confidence=plan.confidence,
        method=f"{method}; bounds with {room_words(one.limit, other.limit)}" if any(widened) else method,
    )


def _widening(quantity: PerSample, plan: Resampling) -> float | Undefined:
    """What room for runaway answers adds to the squared upper distance of the mean; 0 where it adds nothing."""
    bound = quantity.upper_bound(plan) if quantity.totals.any() else None
    if bound is None or isinstance(bound, Undefined):
        return 0.0 if bound is None else bound
    plain = mean(replace(quantity, has_runaways=False), plan)
    assert isinstance(plain, ConfidenceInterval)
    return max(0.0, bound - plain.estimate) ** 2 - min(bound - plain.estimate, plain.high - plain.estimate) ** 2


def _distances(columns: Floats, plan: Resampling) -> tuple[float, float, str]:
    """How far the bounds lie below and above the difference, and how they were found.

    `columns`: totals and counts of the first, totals and counts of the second, by sample.
    """
    samples = len(columns)
    means, spread = _difference(columns.mean(axis=0)[None, :], _products(columns).mean(axis=0)[None, :])
    error = float(spread[0]) / math.sqrt(samples - 1)
    if error < 1e-12 * max(1e-300, float(np.abs(columns[:, (0, 2)]).max())):
        return 0.0, 0.0, "no spread at all"
    widest = float(special.stdtrit(samples - 1, 1 - plan.tail))
    if not MIN_FOR_BOOTSTRAP <= samples <= MAX_FOR_BOOTSTRAP:
        return widest * error, widest * error, "Student's t on paired differences by sample"
    drawn = resampled_means(np.concatenate([columns, _products(columns)], axis=1), draws=plan.draws, seed=plan.seed)
    values, spreads = _difference(drawn[:, :4], drawn[:, 4:])
    # A draw of nearly equal samples has next to no spread, and its studentised value would be a rounding error's.
    varies = spreads > 1e-6 * float(spread[0])
    if varies.sum() < plan.draws / 2:  # most draws show no spread: one sample holds nearly all of it
        return widest * error, widest * error, "Student's t on paired differences by sample"
    ratios = (values[varies] - float(means[0])) / (spreads[varies] / math.sqrt(samples - 1))
    low, high = np.quantile(ratios, [plan.tail, 1 - plan.tail], method="weibull")
    # Studentised quantiles change places: the upper one belongs to the lower bound (Hall 1988).
    below, above = min(max(0.0, float(high)), MAX_ERRORS), min(max(0.0, -float(low)), MAX_ERRORS)
    return below * error, above * error, "percentile-t bootstrap over samples, paired"


def _products(columns: Floats) -> Floats:
    """Products of every two of the four columns, shape (samples, 16)."""
    found: Floats = (columns[:, :, None] * columns[:, None, :]).reshape(len(columns), -1)
    return found


def _difference(means: Floats, products: Floats) -> tuple[Floats, Floats]:
    """The difference of both ratios of sums in each draw, and the standard deviation of its linearisation by sample.

    The linearisation is (t - R n) / mean(n) of the first minus that of the second, whose mean is 0 in each draw.
    """
    first, second = means[:, 0] / means[:, 1], means[:, 2] / means[:, 3]
    pull = np.column_stack([1 / means[:, 1], -first / means[:, 1], -1 / means[:, 3], second / means[:, 3]])
    variance = np.einsum("di,dij,dj->d", pull, products.reshape(-1, 4, 4), pull)
    spread: Floats = np.sqrt(np.maximum(variance, 0.0))
    return first - second, spread


def cost_per_point(
    first: tuple[PerSample, SampleScores], second: tuple[PerSample, SampleScores], plan: Resampling = STANDARD
) -> ConfidenceInterval | Undefined:
    """Cost of one job of the first above the second's, for each percentage point of accuracy above the second's.

    Negative where the first is more accurate and costs less. Undefined, "no measurable gain", where the interval of the
    paired difference in accuracy includes 0 or lies below it. Known in health economics as the incremental
    cost-effectiveness ratio. Bounds: the ratios R for which the interval of (difference in cost - R x difference in
    accuracy) holds 0, as in Fieller 1954, J. R. Stat. Soc. B 16:175, with the bounds of each part and their correlation
    over samples joined by MOVER instead of normal errors (Donner and Zou 2012, Stat. Methods Med. Res. 21:347).
    """
    gain = paired_difference(first[1], second[1], confidence=plan.confidence, seed=plan.seed)
    if isinstance(gain, Undefined):
        return gain
    if gain.interval.low <= 0:
        return Undefined(reason=NO_GAIN)
    cost = mean_difference(first[0], second[0], plan)
    ratio = None if cost.estimate is None else cost.estimate / (POINTS * gain.interval.estimate)
    if isinstance(cost, Undefined):
        return replace(cost, estimate=ratio)
    parts = _Parts(cost=cost, gain=gain.interval, correlation=_correlation(first, second))
    return ConfidenceInterval(
        estimate=parts.ratio / POINTS,
        low=parts.edge(parts.low, direction=-1) / POINTS,
        high=parts.edge(parts.high, direction=1) / POINTS,
        confidence=plan.confidence,
        method="differences in cost and accuracy joined by MOVER as in Fieller's interval, paired by sample",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A difference in cost and one in accuracy whose low bound is above 0."""

    cost: ConfidenceInterval
    gain: ConfidenceInterval
    correlation: float

    @property
    def ratio(self) -> float:
        return self.cost.estimate / self.gain.estimate

    def low(self, ratio: float) -> float:
        """The lower bound of cost - ratio x gain."""
        return self._bounds(ratio)[0]

    def high(self, ratio: float) -> float:
        """The upper bound of cost - ratio x gain."""
        return self._bounds(ratio)[1]

    def edge(self, bound: Callable[[float], float], *, direction: int) -> float:
        """The ratio, below or above the estimate, from which on 0 is outside the bound."""
        if not bound(self.ratio):
            return self.ratio
        step = (
            self.cost.high - self.cost.low + abs(self.ratio) * (self.gain.high - self.gain.low)
        ) / self.gain.estimate
        far = self.ratio + direction * step
        while direction * bound(far) > 0:  # ends, for with a low gain above 0 the bound's sign must change
            step *= 2
            far = self.ratio + direction * step
        return float(optimize.brentq(bound, self.ratio, far))

    def _bounds(self, ratio: float) -> tuple[float, float]:
        cost, gain = self.cost, self.gain
        scaled = sorted((ratio * gain.low, ratio * gain.high))
        same_way = self.correlation if ratio >= 0 else -self.correlation
        return difference_bounds(
            (cost.low, cost.estimate, cost.high),
            (scaled[0], ratio * gain.estimate, scaled[1]),
            correlation=same_way,
        )


def _rate(quantity: PerSample) -> Floats:
    """The mean of each sample's repeats; every sample must have one."""
    return quantity.totals / quantity.counts


def _correlation(first: tuple[PerSample, SampleScores], second: tuple[PerSample, SampleScores]) -> float:
    """Of the differences in cost and in score, over the samples that have both."""
    counts = [first[0].counts, second[0].counts, first[1].repeats, second[1].repeats]
    held = np.all([column > 0 for column in counts], axis=0)
    if not held.any():
        return 0.0
    cost = _rate(first[0].of_samples(held)) - _rate(second[0].of_samples(held))
    scores = [one.correct[held] / one.repeats[held] for _, one in (first, second)]
    return correlation(cost, scores[0] - scores[1])
