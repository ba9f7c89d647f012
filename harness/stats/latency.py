"""Medians and tails of latencies with bounds that assume no shape, and the ratio of two models' medians.

Values are seconds (or tokens per second) of single answers, given by sample so that repeats of one sample count as what
they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from scipy import special

from harness.core.plurals import counted
from harness.stats.arrays import AtMostOne, Floats
from harness.stats.intervals import ConfidenceInterval, Undefined, design_effect, quantile
from harness.stats.mover import correlation, difference_bounds

Groups: TypeAlias = Sequence[Floats]
"""One array of values for each sample, any length, empty where nothing was measured."""


def quantile_interval(groups: Groups, share: float, *, confidence: float = 0.95) -> ConfidenceInterval | Undefined:
    """The quantile of all values with bounds from their order, no shape assumed.

    Bounds are the sample quantiles at two shares between which the true share lies, by the binomial law of how many
    values fall below, at an effective number of values where repeats of one sample are alike. Interpolated between
    ranks, without which coverage is above 95% by up to 4 points at 30 values.
    Sources: Hettmansperger and Sheather 1986, Stat. Probab. Lett. 4:75 and Nyblom 1992, ibid. 14:129 (interpolated
    order statistics); Woodruff 1952, J. Am. Stat. Assoc. 47:635 (clusters). Undefined where too few values lie beyond.
    """
    values = np.sort(_held(groups))
    if not len(values):
        return Undefined(reason="nothing was measured")
    if not 0 < share < 1:
        raise ValueError(f"a quantile's share must lie between 0 and 1, got {share}")
    ordered = values.tolist()
    estimate = quantile(ordered, share)
    effective = len(values) / _design_effect(groups, estimate)
    tail = (1 - confidence) / 2
    needed = math.ceil(math.log(tail) / math.log(max(share, 1 - share)))
    measured = len(values) if isinstance(groups, AtMostOne) else sum(len(group) > 0 for group in groups)
    if measured < needed:  # repeats of one sample are no substitute: with 30 x 8 values coverage was 83%
        return Undefined(
            reason=f"{counted(measured, 'sample')} measured; bounds of the {share:.0%} quantile need {needed} or more"
        )
    low = _at_rank(values, _rank(effective, share, tail), effective)
    high = -_at_rank(-values[::-1], _rank(effective, 1 - share, tail), effective)
    return ConfidenceInterval(
        estimate=estimate,
        low=min(low, estimate),
        high=max(high, estimate),
        confidence=confidence,
        method="interpolated order statistics" + ("" if effective == len(values) else ", clustered by sample"),
    )


def median_ratio(first: Groups, second: Groups, *, confidence: float = 0.95) -> ConfidenceInterval | Undefined:
    """Median of the first over median of the second, over the samples both have values for.

    The bounds of both medians joined on the log scale with the correlation, over samples, of the shares below either
    median (mover.difference_bounds). Undefined where a median or a bound of one is not above 0.
    """
    if len(first) != len(second):
        raise ValueError(f"groups must be aligned by sample, got {len(first)} and {len(second)}")
    both = _of_both(first, second)
    if not len(both[0]):
        return Undefined(reason="no sample was measured with both models")
    parts: list[tuple[float, float, float]] = []
    below: list[Floats] = []
    for name, groups in zip(("first", "second"), both, strict=True):
        median = quantile_interval(groups, 0.5, confidence=confidence)
        if isinstance(median, Undefined):
            return Undefined(reason=f"{name} model: {median.reason}")
        if median.low <= 0:
            return Undefined(reason=f"{name} model: the median's lower bound is 0, so no ratio exists")
        parts.append((math.log(median.low), math.log(median.estimate), math.log(median.high)))
        below.append(_shares_below(groups, median.estimate))
    low, high = difference_bounds(parts[0], parts[1], correlation=correlation(below[0], below[1]))
    return ConfidenceInterval(
        estimate=math.exp(parts[0][1] - parts[1][1]),
        low=math.exp(low),
        high=math.exp(high),
        confidence=confidence,
        method="order statistics of both medians joined by MOVER, paired by sample, log scale",
    )


def _held(groups: Groups) -> Floats:
    """The values of all groups."""
    return groups.held if isinstance(groups, AtMostOne) else np.concatenate([np.zeros(0), *groups], dtype=np.float64)


def _of_both(first: Groups, second: Groups) -> tuple[Groups, Groups]:
    """The groups of those samples that have values in both."""
    if isinstance(first, AtMostOne) and isinstance(second, AtMostOne):
        both = first.known & second.known
        every = both[both]
        return AtMostOne(first.values[both], every), AtMostOne(second.values[both], every)
    pairs = [(one, other) for one, other in zip(first, second, strict=True) if len(one) and len(other)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def _shares_below(groups: Groups, median: float) -> Floats:
    """By sample, the share of its values at or below the median."""
    if isinstance(groups, AtMostOne) or max(map(len, groups)) == 1:
        shares: Floats = (_held(groups) <= median).astype(np.float64)
        return shares
    return np.array([float(np.mean(np.asarray(group) <= median)) for group in groups])


def _design_effect(groups: Groups, estimate: float) -> float:
    if isinstance(groups, AtMostOne) or max(map(len, groups)) == 1:
        return 1.0  # one value of each sample: none is like another
    counts = [(float(np.sum(np.asarray(group) <= estimate)), len(group)) for group in groups if len(group)]
    return design_effect(counts)


@lru_cache(maxsize=256)  # a table asks for few numbers of values again and again; at 30,000 one takes 3 ms
def _rank(n: float, share: float, tail: float) -> float:
    """The rank, between whole ones, whose value lies above the true quantile with chance `tail`, among n values.

    Whole ranks by the binomial law (n need not be whole); between them Nyblom 1992, which at the median is
    Hettmansperger and Sheather 1986.
    """
    reach = 8 * math.sqrt(n * share * (1 - share)) + 2
    ranks = np.arange(max(1.0, math.floor(n * share - reach)), math.floor(n) + 1)
    chances = special.betainc(n - ranks + 1, ranks, 1 - share)  # that fewer than `rank` values lie below
    place = max(0, int(np.searchsorted(chances, tail, side="right")) - 1)
    rank = float(ranks[place])
    if place + 1 >= len(ranks):
        return rank
    part = (tail - chances[place]) / (chances[place + 1] - chances[place])
    if part <= 0:
        return rank
    return rank + float(1 / (1 + rank * (1 - share) * (1 - part) / ((n - rank) * share * part)))


def _at_rank(values: Floats, rank: float, effective: float) -> float:
    """The value at a rank among `effective` values, read off the sorted ones there are, interpolated."""
    place = min(len(values), max(1.0, rank * (len(values) + 1) / (effective + 1))) - 1
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return float(values[below] + (values[above] - values[below]) * (place - below))
