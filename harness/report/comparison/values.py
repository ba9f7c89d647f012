"""What a comparison of models holds: the figures by name, and a row, a table, and all tables as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from harness.report.comparison.model_runs import ModelRun
from harness.report.effort.steps import EffortStep
from harness.report.findings.build import FindingsRow
from harness.report.run_data.answering import AnsweringModels
from harness.stats import metrics
from harness.stats.comparisons import comparison_value as compare_pair
from harness.stats.comparisons import quantity_ratio
from harness.stats.intervals import Undefined
from harness.stats.metrics import MetricSettings, Value
from harness.stats.model_data import ModelData
from harness.stats.paired import Difference

MODEL_METRICS = (
    "accuracy",
    "accuracy_failures_wrong",
    "pass_at_k",
    "maj_at_k",
    "pass_hat_k",
    "usd_per_task",
    "usd_per_correct",
    "tokens_per_task",
    "seconds_per_task",
    "ttft_s",
    "first_answer_s",
    "chars_per_s",
    "tokens_per_s",
    "share_failed",
    "share_truncated",
    "share_refused",
    "share_priced",
)
"""What is stated of each model, by its name in METRICS."""

REPEATED = ("pass_at_k", "maj_at_k", "pass_hat_k")
"""Those of them that say nothing beyond the accuracy where there is one repeat."""

Pair = Callable[[ModelData, ModelData, MetricSettings], Value]

PAIR_METRICS: Mapping[str, Pair] = MappingProxyType(
    {
        "accuracy_difference": partial(compare_pair, "accuracy_difference"),
        "accuracy_difference_failures_wrong": partial(compare_pair, "accuracy_difference_failures_wrong"),
        "cost_ratio": partial(compare_pair, "cost_ratio"),
        "cost_per_correct_ratio": partial(compare_pair, "cost_per_correct_ratio"),
        "chars_per_s_ratio": partial(compare_pair, "chars_per_s_ratio"),
        "seconds_ratio": partial(quantity_ratio, of=metrics.total_s),
        "verbosity_ratio": partial(compare_pair, "verbosity_ratio"),
        "break_even_verbosity": partial(compare_pair, "break_even_verbosity"),
    }
)
"""What is stated of each model against the baseline, model over baseline."""

LOWEST_IS_BEST = MappingProxyType(
    {
        "usd_per_task": "cost_ratio",
        "usd_per_correct": "cost_per_correct_ratio",
        "seconds_per_task": "seconds_ratio",
    }
)
"""Figures of which the best is marked, and the ratio that must exclude 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoPosition:
    """Whether a model is Pareto-optimal, and the share of bootstrap resamples in which it is."""

    on_front: bool
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseComparison:
    """One model against the baseline. `values` by name of PAIR_METRICS; `list_ratios`: input, output, blended.

    `p_adjusted`: of the test, by Holm over the table. `detectable`: the minimum detectable effect at 80% power.
    `is_mixed`: another model than the requested one gave answers of either of the two.
    """

    values: Mapping[str, Value]
    test: Difference | Undefined
    p_adjusted: float | None
    detectable: float | Undefined
    list_ratios: Mapping[str, float] | Undefined
    is_mixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One model in a table. `values` by name of MODEL_METRICS; `vs_baseline` is None for the baseline itself.

    `graded`: answers the accuracy is taken over. `answering`: which models gave its answers to these tasks.
    `best`: names of the figures it is best in; `unknown`: of those that cannot be stated because something was not
    reported, lost or discarded, rather than because there is none.
    """

    model_run: ModelRun
    answering: AnsweringModels
    graded: int
    values: Mapping[str, Value]
    vs_baseline: PairwiseComparison | None
    pareto_usd: ParetoPosition | Undefined
    pareto_s: ParetoPosition | Undefined
    best: frozenset[str]
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTable:
    """Models on one task, or on all tasks they share, over the samples every one of them has an outcome for.

    `efforts`: the levels of each model, every one against the level below it. `findings`: of graders that have some.
    """

    tasks: tuple[str, ...]
    samples: int
    left_out: int
    repeats: int
    baseline: str
    rows: tuple[ComparisonRow, ...]
    efforts: tuple[EffortStep, ...] = ()
    findings: tuple[FindingsRow, ...] = ()


def unknown_figures(data: ModelData, baseline: ModelData) -> frozenset[str]:
    """The figures that rest on something unknown: of the model itself, or of the pair where the baseline's is."""
    found: set[str] = set()
    for is_unknown, own, of_pair in (
        (metrics.has_unknown_cost, ("usd_per_task", "usd_per_correct"), ("cost_ratio", "cost_per_correct_ratio")),
        (
            metrics.has_unknown_timings,
            ("seconds_per_task", "ttft_s", "first_answer_s", "chars_per_s", "tokens_per_s"),
            ("seconds_ratio", "chars_per_s_ratio"),
        ),
        (metrics.has_unknown_tokens, ("tokens_per_task", "tokens_per_s"), ("verbosity_ratio",)),
    ):
        if is_unknown(data):
            found.update(own)
        if is_unknown(data) or is_unknown(baseline):
            found.update(of_pair)
    return frozenset(found)
