"""One model against another on the same samples, by name: COMPARISONS.

A value is an Interval (differences in accuracy; ratios first over second) or an Undefined with its reason. Both
models must name the same samples in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from types import MappingProxyType

from harness.stats import metrics, ratio
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.latency import median_ratio
from harness.stats.metrics import MetricSettings, Quantity, Value
from harness.stats.model_data import Measured, ModelData
from harness.stats.paired import paired_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonMetric:
    """A number of one model (the first) against another."""

    title: str
    unit: str
    value: Callable[[ModelData, ModelData, MetricSettings], Value]


def comparison_value(name: str, first: ModelData, second: ModelData, settings: MetricSettings) -> Value:
    """The value of COMPARISONS[name]; raises ValueError where the samples of the two are not the same."""
    if first.samples != second.samples:
        raise ValueError(
            f"models to compare must hold the same samples in the same order, got {len(first.samples)} and "
            f"{len(second.samples)} of which {len(set(first.samples) & set(second.samples))} are in both"
        )
    return COMPARISONS[name].value(first, second, settings)


def accuracy_difference(
    first: ModelData, second: ModelData, settings: MetricSettings, *, failures_wrong: bool = False
) -> Value:
    """Accuracy of the first minus that of the second, paired by sample."""
    found = paired_difference(
        first.scored(failures_wrong=failures_wrong),
        second.scored(failures_wrong=failures_wrong),
        confidence=settings.plan.confidence,
        seed=settings.plan.seed,
    )
    return found if isinstance(found, Undefined) else found.interval


def finding_difference(first: ModelData, second: ModelData, settings: MetricSettings, *, finding: str) -> Value:
    """The share of a finding in the first minus that in the second, paired by sample."""
    found = paired_difference(
        first.found(finding), second.found(finding), confidence=settings.plan.confidence, seed=settings.plan.seed
    )
    return found if isinstance(found, Undefined) else found.interval


def relative_gap(first: ModelData, second: ModelData, settings: MetricSettings) -> Value:
    """1 minus the ratio of accuracies: 0.1 where the first is 10% behind, negative where it leads."""
    found = ratio.accuracy_ratio(
        first.scored(failures_wrong=False), second.scored(failures_wrong=False), confidence=settings.plan.confidence
    )
    if isinstance(found, Undefined):
        return found
    return ConfidenceInterval(
        estimate=1 - found.estimate,
        low=1 - found.high,
        high=1 - found.low,
        confidence=found.confidence,
        method=found.method,
    )


def quantity_ratio(first: ModelData, second: ModelData, settings: MetricSettings, *, of: Quantity) -> Value:
    """A quantity for one job, first over second."""
    tallies = _both(first, second, of)
    if isinstance(tallies, Undefined):
        return tallies
    return ratio.mean_ratio(tallies[0].quantity, tallies[1].quantity, settings.plan)


def per_correct_ratio(first: ModelData, second: ModelData, settings: MetricSettings, *, of: Quantity) -> Value:
    """A quantity for one correct answer, first over second."""
    tallies = _both(first, second, of)
    if isinstance(tallies, Undefined):
        return tallies
    one, other = tallies
    return ratio.per_correct_ratio((one.quantity, one.correct), (other.quantity, other.correct), settings.plan)


def speed_ratio(first: ModelData, second: ModelData, settings: MetricSettings) -> Value:
    """How many times as fast the first answers: seconds for one answer, second over first."""
    return quantity_ratio(second, first, settings, of=metrics.total_s)


def break_even_verbosity(first: ModelData, second: ModelData, settings: MetricSettings) -> Value:
    """How many times the second's tokens the first may generate before it costs the same."""
    usd = _both(first, second, metrics.spent_usd)
    tokens = _both(first, second, metrics.completion_tokens)
    if isinstance(usd, Undefined):
        return usd
    if isinstance(tokens, Undefined):
        return tokens
    return ratio.break_even_verbosity(
        usd[0].quantity, tokens[0].quantity, usd[1].quantity, tokens[1].quantity, settings.plan
    )


def timing_ratio(
    first: ModelData, second: ModelData, settings: MetricSettings, *, of: Callable[[ModelData], Measured]
) -> Value:
    """The median of a timing, first over second."""
    groups = []
    for name, data in (("first", first), ("second", second)):
        found = of(data).groups(data.answered)
        if not any(map(len, found)):
            return Undefined(reason=f"{name} model: {metrics.why_untimed(data)}")
        groups.append(found)
    return median_ratio(*groups, confidence=settings.plan.confidence)


def _both(
    first: ModelData, second: ModelData, of: Quantity
) -> tuple[metrics.PerSampleTotals, metrics.PerSampleTotals] | Undefined:
    one, other = of(first), of(second)
    if isinstance(one, Undefined):
        return Undefined(reason=f"first model: {one.reason}")
    if isinstance(other, Undefined):
        return Undefined(reason=f"second model: {other.reason}")
    return one, other


def _ratio(title: str, value: Callable[[ModelData, ModelData, MetricSettings], Value]) -> ComparisonMetric:
    return ComparisonMetric(title=title, unit="times", value=value)


def _gap(title: str, value: Callable[[ModelData, ModelData, MetricSettings], Value]) -> ComparisonMetric:
    return ComparisonMetric(title=title, unit="share", value=value)


COMPARISONS: Mapping[str, ComparisonMetric] = MappingProxyType(
    {
        "accuracy_difference": _gap("difference in accuracy", accuracy_difference),
        "accuracy_difference_failures_wrong": _gap(
            "difference in accuracy, failed jobs counted as wrong",
            partial(accuracy_difference, failures_wrong=True),
        ),
        **{
            f"{name}_difference": _gap(f"difference in {title}", partial(finding_difference, finding=name))
            for name, title in metrics.FINDINGS.items()
        },
        "relative_gap": _gap("share by which the accuracy is behind", relative_gap),
        "cost_ratio": _ratio("dollars for one job", partial(quantity_ratio, of=metrics.spent_usd)),
        "cost_per_correct_ratio": _ratio(
            "dollars for one correct answer", partial(per_correct_ratio, of=metrics.spent_usd)
        ),
        "verbosity_ratio": _ratio(
            "generated tokens for one answer", partial(quantity_ratio, of=metrics.completion_tokens)
        ),
        "tokens_per_correct_ratio": _ratio(
            "generated tokens for one correct answer", partial(per_correct_ratio, of=metrics.completion_tokens)
        ),
        "break_even_verbosity": _ratio("tokens at which the dollars are equal", break_even_verbosity),
        "speed_ratio": _ratio("as fast to answer, mean seconds", speed_ratio),
        "latency_ratio": _ratio("seconds for one answer, medians", partial(timing_ratio, of=attrgetter("total_s"))),
        "chars_per_s_ratio": _ratio(
            "characters of answer text per second, medians", partial(timing_ratio, of=attrgetter("chars_per_s"))
        ),
        "tokens_per_s_ratio": _ratio(
            "output tokens per second by each provider's own tokenizer, medians",
            partial(timing_ratio, of=attrgetter("tokens_per_s")),
        ),
        "ttft_ratio": _ratio("time to first token, medians", partial(timing_ratio, of=attrgetter("ttft_s"))),
        "first_answer_ratio": _ratio(
            "time to first answer text, medians", partial(timing_ratio, of=attrgetter("first_answer_s"))
        ),
        "seconds_per_correct_ratio": _ratio(
            "seconds for one correct answer", partial(per_correct_ratio, of=metrics.total_s)
        ),
    }
)
