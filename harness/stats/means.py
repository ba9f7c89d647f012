"""Means with bounds for quantities with heavy tails: dollars, tokens, seconds; per task and per correct answer.

A quantity is one total per sample over its repeats beside the number of repeats it sums (`PerSample`). What cannot be
stated is an Undefined with its reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.stats.arrays import Floats, as_floats, same_length
from harness.stats.intervals import ConfidenceInterval, Undefined, clustered_proportion, proportion
from harness.stats.mover import correlation, difference_bounds
from harness.stats.resample import STANDARD, Resampling, influence, product_interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PerSample:
    """A quantity by sample: `totals` over the repeats, `counts` of repeats summed; both of shape (samples,).

    A sample whose count is 0 holds nothing and must have a total of 0.
    """

    totals: Floats
    counts: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", as_floats(self.totals, what="totals", dimensions=1))
        object.__setattr__(self, "counts", as_floats(self.counts, what="counts", dimensions=1))
        same_length(totals=self.totals, counts=self.counts)
        if (self.totals < 0).any() or (self.counts < 0).any():
            raise ValueError("totals and counts must not be negative")
        if (self.totals[self.counts == 0] != 0).any():
            raise ValueError("a sample without repeats must have a total of 0")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogPart:
    """The log of an estimate with its bounds, and what each sample adds to it (shape (samples,), mean 0)."""

    low: float
    mid: float
    high: float
    influence: Floats

    @property
    def bounds(self) -> tuple[float, float, float]:
        return self.low, self.mid, self.high


def mean(quantity: PerSample, plan: Resampling = STANDARD) -> ConfidenceInterval | Undefined:
    """The sum over all repeats divided by their number, clustered by sample, in the unit of the totals.

    Ratio of sums, so samples with more repeats weigh more. Source: see resample.product_interval; a mean over
    clusters of unequal size as a ratio, Cochran 1977, Sampling Techniques, eq. 9.1.
    """
    held = quantity.counts > 0
    totals, counts = quantity.totals[held], quantity.counts[held]
    if not len(totals):
        return Undefined(reason="nothing was measured")
    if not totals.any():
        return ConfidenceInterval(
            estimate=0.0, low=0.0, high=0.0, confidence=plan.confidence, method="every value is 0"
        )
    if len(totals) < 2:
        return Undefined(reason="one sample: the spread between samples is not known")
    return _spent(totals, counts, plan)


def rate(hits: Floats, counts: Floats, *, confidence: float) -> ConfidenceInterval:
    """The share of `hits` among `counts`, both by sample, of shape (samples,); see intervals.clustered_proportion."""
    if counts.max(initial=0) == 1 and not (hits % 1).any():  # one job of each sample: sums say it all
        return proportion(float(hits.sum()), int(counts.sum()), confidence=confidence)
    pairs = [(float(hit), round(float(count))) for hit, count in zip(hits, counts, strict=True)]
    return clustered_proportion(pairs, confidence=confidence)


def per_correct(quantity: PerSample, correct: Floats, plan: Resampling = STANDARD) -> ConfidenceInterval | Undefined:
    """All that was spent, divided by the number of correct answers; `correct` counts them by sample.

    `quantity.counts` are all repeats tried, failed ones included. Source of the quantity: cost of pass, Erol et al.
    2025, arXiv 2504.13359, sec. 2 (cost per attempt over success rate). Bounds: those of the mean per attempt
    (percentile-t) and of the success rate (Wilson, clustered) joined on the log scale (mover.difference_bounds), since
    a bootstrap of the quotient covers 82% where three answers are correct (docs/statistics.md).
    """
    part = per_correct_log(quantity, correct, plan)
    if not isinstance(part, LogPart):
        return part
    return ConfidenceInterval(
        estimate=math.exp(part.mid),
        low=math.exp(part.low),
        high=math.exp(part.high),
        confidence=plan.confidence,
        method="percentile-t mean over clustered Wilson rate, joined by MOVER, log scale",
    )


def per_correct_log(quantity: PerSample, correct: Floats, plan: Resampling) -> LogPart | ConfidenceInterval | Undefined:
    """The same on the log scale, with each sample's influence; an Interval only where every total is 0."""
    hits = as_floats(correct, what="correct", dimensions=1)
    same_length(totals=quantity.totals, correct=hits)
    if (hits > quantity.counts).any():
        raise ValueError("a sample cannot have more correct answers than repeats")
    if not quantity.counts.any():
        return Undefined(reason="nothing was measured")
    if not hits.any():
        return Undefined(reason="no correct answer: the quantity per correct answer is undefined")
    if not quantity.totals.any():
        return ConfidenceInterval(
            estimate=0.0, low=0.0, high=0.0, confidence=plan.confidence, method="every value is 0"
        )
    held = quantity.counts > 0
    if held.sum() < 2:
        return Undefined(reason="one sample: the spread between samples is not known")
    return _joined(quantity.totals[held], quantity.counts[held], hits[held], held, plan)


def _joined(totals: Floats, counts: Floats, hits: Floats, held: np.ndarray, plan: Resampling) -> LogPart:
    cost = _spent(totals, counts, plan)
    success = rate(hits, counts, confidence=plan.confidence)
    of_cost = influence(np.column_stack([totals, counts]), (1, -1))
    of_rate = influence(np.column_stack([hits, counts]), (1, -1))
    low, high = difference_bounds(
        (math.log(cost.low), math.log(cost.estimate), math.log(cost.high)),
        (math.log(success.low), math.log(success.estimate), math.log(success.high)),
        correlation=correlation(of_cost, of_rate),
    )
    everywhere = np.zeros(len(held))
    everywhere[held] = of_cost - of_rate
    return LogPart(low=low, mid=math.log(cost.estimate) - math.log(success.estimate), high=high, influence=everywhere)


def _spent(totals: Floats, counts: Floats, plan: Resampling) -> ConfidenceInterval:
    by_sample = (totals / counts)[:, None]
    return product_interval(np.column_stack([totals, counts]), (1, -1), plan, shape=(by_sample, (1,)))
