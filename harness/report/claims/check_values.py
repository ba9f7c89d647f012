"""The number of a check with its interval, and the samples that would decide it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.report.claims.claim_file import RunCheck
from harness.report.claims.metric_names import FRONT_CHANCE, PROMPT_TOKENS_RATIO
from harness.report.claims.verdict import AcceptedRange, ClaimVerdict
from harness.report.run_data.anytime import anytime_value
from harness.report.run_data.series import AlignedSeries
from harness.stats import metrics, pareto
from harness.stats.comparisons import COMPARISONS, comparison_value, quantity_ratio
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import METRICS, MetricSettings, Value
from harness.stats.model_data import ModelData
from harness.stats.power import samples_to_decide
from harness.stats.resample import STANDARD

RARE = 0.1
"""A chance of being on the front, or in the quadrant, at most this refutes; it has no interval of its own."""


def check_value(check: RunCheck, by_label: Mapping[str, ModelData], asked: Sequence[str], confidence: float) -> Value:
    """The number of the check; anytime-valid where a run could stop early (`asked`: samples in the order asked)."""
    data = list(by_label.values())
    if asked:
        return anytime_value(check.metric, asked, data, confidence=confidence)
    settings = MetricSettings(k=check.k, plan=replace(STANDARD, confidence=confidence))
    if len(data) == 1:
        return METRICS[check.metric].value(data[0], settings)
    if check.metric == PROMPT_TOKENS_RATIO:
        return quantity_ratio(data[0], data[1], settings, of=metrics.prompt_tokens)
    return comparison_value(check.metric, data[0], data[1], settings)


def chance_of(metric: str, aligned: AlignedSeries, label: str) -> float | Undefined:
    place = list(aligned.data).index(label)
    if len(aligned.data) < 2:
        return Undefined(reason="one model: there is nothing to compare it with")
    costs = []
    for name, data in aligned.data.items():
        spent = metrics.spent_usd(data)
        if isinstance(spent, Undefined):
            return Undefined(reason=f"{name}: {spent.reason}")
        costs.append(spent.quantity)
    scores = [data.scored(failures_wrong=False) for data in aligned.data.values()]
    if metric == FRONT_CHANCE:
        found = pareto.pareto_front(scores, costs)
        return found if isinstance(found, Undefined) else found.chance[place]
    shares = pareto.best_quadrant(scores, costs)
    return shares if isinstance(shares, Undefined) else shares[place]


def chance_verdict(chance: float, accepted: AcceptedRange) -> ClaimVerdict:
    if accepted.holds(chance, chance) is ClaimVerdict.CONFIRMED:
        return ClaimVerdict.CONFIRMED
    return ClaimVerdict.REFUTED if chance <= RARE else ClaimVerdict.UNDECIDED


def is_ratio(metric: str) -> bool:
    return metric == PROMPT_TOKENS_RATIO or (metric in COMPARISONS and COMPARISONS[metric].unit == "times")


def samples_needed(value: ConfidenceInterval, accepted: AcceptedRange, n: int, *, is_ratio: bool) -> int | Undefined:
    """Samples in all that move the interval off every bound it lies across, if the estimate stays where it is."""
    if is_ratio and value.low <= 0:
        return Undefined(reason="a ratio whose lower bound is 0: how many samples would decide cannot be told")
    # Ratios on the log scale, where their intervals are symmetric and shrink with the root of n.
    scale: Callable[[float], float] = math.log if is_ratio else float
    moved = ConfidenceInterval(
        estimate=scale(value.estimate),
        low=scale(value.low),
        high=scale(value.high),
        confidence=value.confidence,
        method=value.method,
    )
    counts = []
    for bound in accepted.crossed(value.low, value.high):
        found = samples_to_decide(moved, samples=n, threshold=scale(bound))
        if isinstance(found, Undefined):
            return found
        counts.append(found)
    return max(counts, default=n)
