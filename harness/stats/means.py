"""Means with bounds for quantities with heavy tails: dollars, tokens, seconds; per task and per correct answer.

A quantity is one total per sample over its repeats beside the number of repeats it sums (`PerSample`). What cannot be
stated is an Undefined with its reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from harness.stats.arrays import Flags, Floats, as_floats, same_length
from harness.stats.intervals import ConfidenceInterval, Undefined, clustered_proportion, proportion
from harness.stats.mover import correlation, difference_bounds
from harness.stats.resample import STANDARD, Resampling, influence, product_interval
from harness.stats.tail import room_words, tail_upper_bound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PerSample:
    """A quantity by sample: `totals` over the repeats, `counts` of repeats summed; both of shape (samples,).

    A sample whose count is 0 holds nothing and must have a total of 0. `limit`: the largest amount one repeat can have,
    None where that is not known. `has_runaways`: rare values may be many times the mean, as dollars and generated
    tokens can; False leaves the room for them out of the interval.
    """

    totals: Floats
    counts: Floats
    limit: float | None = None
    has_runaways: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", as_floats(self.totals, what="totals", dimensions=1))
        object.__setattr__(self, "counts", as_floats(self.counts, what="counts", dimensions=1))
        same_length(totals=self.totals, counts=self.counts)
        if (self.totals < 0).any() or (self.counts < 0).any():
            raise ValueError("totals and counts must not be negative")
        # Such dollars would vanish from the mean: money was spent and no repeat would show it.
        if (self.totals[self.counts == 0] != 0).any():
            raise ValueError("a sample without repeats must have a total of 0")
        if self.limit is not None and not self.limit >= 0:
            raise ValueError(f"the limit of one repeat must not be negative, got {self.limit}")

    def of_samples(self, held: Flags) -> PerSample:
        """The same over those samples alone."""
        return replace(self, totals=self.totals[held], counts=self.counts[held])

    def upper_bound(self, plan: Resampling) -> float | Undefined | None:
        """See tail.tail_upper_bound; every sample must have a repeat."""
        return tail_upper_bound(self.totals, self.counts, self.limit, plan) if self.has_runaways else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogPart:
    """The log of an estimate with its bounds, and what each sample adds to it (shape (samples,), mean 0).

    `room`: what the room for runaway answers in its upper bound rests on (tail.room_words); empty where there is none.
    """

    low: float
    mid: float
    high: float
    influence: Floats
    room: str = ""

    @property
    def bounds(self) -> tuple[float, float, float]:
        return self.low, self.mid, self.high


def mean(quantity: PerSample, plan: Resampling = STANDARD) -> ConfidenceInterval | Undefined:
    """The sum over all repeats divided by their number, clustered by sample, in the unit of the totals.

    Ratio of sums, so samples with more repeats weigh more; the upper bound has room for runaway answers
    (tail.tail_upper_bound). Source: see resample.product_interval; a mean over clusters of unequal size as a ratio,
    Cochran 1977, Sampling Techniques, eq. 9.1.
    """
    held = quantity.of_samples(quantity.counts > 0)
    # "Nothing was measured" is no mean of 0: an unknown cost must never be shown as $0.
    if not len(held.totals):
        return Undefined(reason="nothing was measured")
    if not held.totals.any():
        return ConfidenceInterval(
            estimate=0.0, low=0.0, high=0.0, confidence=plan.confidence, method="every value is 0"
        )
    if len(held.totals) < 2:
        return Undefined(reason="one sample: the spread between samples is not known")
    return _mean_interval(held, plan)


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
        method="percentile-t mean over clustered Wilson rate, joined by MOVER, log scale"
        + (f"; upper bound with {part.room}" if part.room else ""),
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
    return _joined(quantity.of_samples(held), hits[held], held, plan)


def _joined(quantity: PerSample, hits: Floats, held: Flags, plan: Resampling) -> LogPart | Undefined:
    totals, counts = quantity.totals, quantity.counts
    # The number of attempts cancels: (dollars / attempts) / (correct / attempts) is dollars per correct answer.
    cost = _mean_interval(quantity, plan)
    if isinstance(cost, Undefined):
        return Undefined(reason=cost.reason, estimate=float(totals.sum() / hits.sum()))
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
    room = room_words(quantity.limit)
    return LogPart(
        low=low,
        mid=math.log(cost.estimate) - math.log(success.estimate),
        high=high,
        influence=everywhere,
        room=room if cost.method.endswith(room) else "",
    )


def _mean_interval(quantity: PerSample, plan: Resampling) -> ConfidenceInterval | Undefined:
    """The mean of samples that all have a repeat, its upper bound raised where runaway answers may be missing."""
    totals, counts = quantity.totals, quantity.counts
    by_sample = (totals / counts)[:, None]
    found = product_interval(np.column_stack([totals, counts]), (1, -1), plan, shape=(by_sample, (1,)))
    bound = quantity.upper_bound(plan)
    if isinstance(bound, Undefined):
        return replace(bound, estimate=found.estimate)
    if bound is None or bound <= found.high:
        return found
    return replace(found, high=bound, method=f"{found.method}; upper bound with {room_words(quantity.limit)}")


def log_widening(quantity: PerSample, plan: Resampling) -> float | Undefined:
    """What room for runaway answers adds to the squared upper distance of the log mean; 0 where it adds nothing.

    Every sample of the quantity must have a repeat, and one a total above 0.
    """
    bound = quantity.upper_bound(plan)
    if bound is None or isinstance(bound, Undefined):
        return 0.0 if bound is None else bound
    by_sample = (quantity.totals / quantity.counts)[:, None]
    columns = np.column_stack([quantity.totals, quantity.counts])
    found = product_interval(columns, (1, -1), plan, shape=(by_sample, (1,)))
    reach, room = (math.log(high / found.estimate) for high in (found.high, max(found.high, bound)))
    return room**2 - reach**2
