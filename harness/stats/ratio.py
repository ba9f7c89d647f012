"""One model over another: dollars, dollars per correct answer, tokens, seconds; paired by sample, on the log scale.

Both models are given by sample in the same order. A quotient by zero, or over an unpaired pair, is an Undefined with
its reason.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from harness.stats.arrays import Floats, same_length
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.means import LogPart, PerSample, log_widening, per_correct_log, rate
from harness.stats.mover import correlation, difference_bounds
from harness.stats.paired import SampleScores
from harness.stats.resample import STANDARD, Resampling, influence, product_interval
from harness.stats.tail import room_words


def mean_ratio(first: PerSample, second: PerSample, plan: Resampling = STANDARD) -> ConfidenceInterval | Undefined:
    """Mean of the first over mean of the second, over the samples both have; 2.0 means twice the second.

    Dollars per task: the cost ratio. Completion tokens: the verbosity ratio. Seconds with the models exchanged: how
    many times as fast the first is. Source: resample.product_interval; pairing, Miller 2024, arXiv 2411.00640, sec. 4.
    """
    same_length(first=first.totals, second=second.totals)
    # Only samples that both have: a model that failed on the long ones would otherwise look cheap.
    held = (first.counts > 0) & (second.counts > 0)
    one, other = first.of_samples(held), second.of_samples(held)
    columns = np.column_stack([one.totals, one.counts, other.totals, other.counts])
    values = np.column_stack([one.totals / one.counts, other.totals / other.counts])
    found = _product(columns, (1, -1, -1, 1), plan, shape=(values, (1, -1)))
    if isinstance(found, Undefined) or not found.estimate:
        return found
    return _with_runaways(found, one, other, plan)


def _with_runaways(
    found: ConfidenceInterval, first: PerSample, second: PerSample, plan: Resampling
) -> ConfidenceInterval | Undefined:
    """Both bounds with room for runaway answers: those of the first raise the ratio, those of the second lower it.

    Squares of distances on the log scale are added, as mover.difference_bounds does for independent parts.
    """
    widened: list[float] = []
    for name, quantity in (("first", first), ("second", second)):
        more = log_widening(quantity, plan)
        if isinstance(more, Undefined):
            return Undefined(reason=f"{name} model: {more.reason}", estimate=found.estimate)
        widened.append(more)
    if not any(widened):
        return found
    above = math.sqrt(math.log(found.high / found.estimate) ** 2 + widened[0])
    below = math.sqrt(math.log(found.estimate / found.low) ** 2 + widened[1])
    return replace(
        found,
        low=found.estimate * math.exp(-below),
        high=found.estimate * math.exp(above),
        method=f"{found.method}; bounds with {room_words(first.limit, second.limit)}",
    )


def break_even_verbosity(
    first_usd: PerSample, first_tokens: PerSample, second_usd: PerSample, second_tokens: PerSample, plan: Resampling
) -> ConfidenceInterval | Undefined:
    """How many times the second's tokens the first may use before it costs the same: dollars per token, 2nd over 1st.

    A first model at 8% of the price a token breaks even at 12.5. All dollars count, those of prompts too.
    """
    parts = (second_usd, second_tokens, first_usd, first_tokens)
    same_length(**{f"column {place}": part.totals for place, part in enumerate(parts)})
    held = np.all([part.counts > 0 for part in parts], axis=0)
    return _product(np.column_stack([part.totals for part in parts])[held], (1, -1, -1, 1), plan)


def per_correct_ratio(
    first: tuple[PerSample, Floats], second: tuple[PerSample, Floats], plan: Resampling = STANDARD
) -> ConfidenceInterval | Undefined:
    """(sum spent / sum correct) of the first over that of the second; each is (quantity, correct by sample).

    Source of the quantity: cost of pass, Erol et al. 2025, arXiv 2504.13359, sec. 2. Bounds: those of each model (see
    means.per_correct) joined with the correlation of their influences over samples (mover.difference_bounds).
    """
    same_length(first=first[0].totals, second=second[0].totals)
    found = [per_correct_log(quantity, correct, plan) for quantity, correct in (first, second)]
    sides: list[LogPart] = []
    named = [*zip(("first", "second"), found, strict=True)]
    if isinstance(found[1], ConfidenceInterval):
        return Undefined(reason="second model: every value is 0, so no ratio exists")
    if isinstance(found[0], ConfidenceInterval) and isinstance(found[1], LogPart):
        return _zero(plan.confidence)
    for name, part in named:
        if isinstance(part, Undefined):
            return Undefined(reason=f"{name} model: {part.reason}", estimate=_quotient(*found))
        if isinstance(part, LogPart):
            sides.append(part)
    one, other = sides
    low, high = difference_bounds(one.bounds, other.bounds, correlation=correlation(one.influence, other.influence))
    return ConfidenceInterval(
        estimate=math.exp(one.mid - other.mid),
        low=math.exp(low),
        high=math.exp(high),
        confidence=plan.confidence,
        method="; ".join(
            ["per-correct intervals of both models joined by MOVER, paired by sample, log scale"]
            + [f"with {words}" for words in sorted({one.room, other.room} - {""}, key=len)[-1:]]
        ),
    )


def _zero(confidence: float) -> ConfidenceInterval:
    """The ratio of a first model whose every value is 0, such as one that costs nothing."""
    return ConfidenceInterval(
        estimate=0.0, low=0.0, high=0.0, confidence=confidence, method="every value of the first model is 0"
    )


def _quotient(
    first: LogPart | ConfidenceInterval | Undefined, second: LogPart | ConfidenceInterval | Undefined
) -> float | None:
    """The ratio of two estimates, where both exist and the second is not 0."""
    one, other = (math.exp(part.mid) if isinstance(part, LogPart) else part.estimate for part in (first, second))
    return None if one is None or not other else one / other


def _product(
    columns: Floats, signs: tuple[int, ...], plan: Resampling, *, shape: tuple[Floats, tuple[int, ...]] | None = None
) -> ConfidenceInterval | Undefined:
    if not len(columns):
        return Undefined(reason="no sample was measured for both models")
    sums = columns.sum(axis=0)
    # A model that costs nothing (own hardware, a free tier) is 0 times as expensive, which is a fact and not unknown.
    if sums[0] == 0 and (sums[1:] > 0).all():
        return _zero(plan.confidence)
    if not (sums > 0).all():
        return Undefined(reason="every value of one model is 0, so no ratio exists")
    if len(columns) < 2:
        return Undefined(reason="one sample: the spread between samples is not known")
    return product_interval(columns, signs, plan, shape=shape)


def accuracy_ratio(
    first: SampleScores, second: SampleScores, *, confidence: float = 0.95
) -> ConfidenceInterval | Undefined:
    """Accuracy of the first over that of the second, over the samples both have; 1 minus it is the relative gap.

    Bounds: clustered Wilson of each joined on the log scale with their correlation over samples; for one repeat it is
    close to Newcombe's square-and-add. Undefined where a model has no correct answer.
    """
    same_length(first=first.correct, second=second.correct)
    both = (first.repeats > 0) & (second.repeats > 0)
    if both.sum() < 2:
        return Undefined(reason="fewer than two samples were graded for both models")
    parts: list[tuple[float, float, float]] = []
    pulls: list[Floats] = []
    for name, model in (("first", first), ("second", second)):
        correct, repeats = model.correct[both], model.repeats[both]
        if not correct.any():
            return Undefined(reason=f"{name} model: no correct answer, so no ratio of accuracies exists")
        share = rate(correct, repeats, confidence=confidence)
        parts.append((math.log(share.low), math.log(share.estimate), math.log(share.high)))
        pulls.append(influence(np.column_stack([correct, repeats]), (1, -1)))
    low, high = difference_bounds(parts[0], parts[1], correlation=correlation(pulls[0], pulls[1]))
    return ConfidenceInterval(
        estimate=math.exp(parts[0][1] - parts[1][1]),
        low=math.exp(low),
        high=math.exp(high),
        confidence=confidence,
        method="clustered Wilson of both models joined by MOVER, paired by sample, log scale",
    )
