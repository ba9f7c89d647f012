"""The columns of a comparison of models: what each shows of a row, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from harness.core.prices import CostUnknown
from harness.pricing.gpu_time import mark_gpu_cost
from harness.report.comparison.values import ComparisonRow, ParetoPosition
from harness.report.render.interval_text import (
    estimate_text,
    figure_text,
    number_with_ci,
    p_value_text,
    points_text,
    share_text,
    usd_text,
    whole_text,
)
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import NONE, UNKNOWN, digits
from harness.report.render.table import Column
from harness.report.run_data.answering import marked
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import Value
from harness.stats.paired import Difference

BEST_MARK = "*"
OF_NO_ANSWER = frozenset({"share_failed", "share_priced"})
"""Figures that say nothing of a model's answers."""

Columns: TypeAlias = tuple[Column[ComparisonRow], ...]


def _text(row: ComparisonRow, name: str, value: Value | None, write: Callable[[ConfidenceInterval], str]) -> str:
    """The figure, marked where it is best and where another model than the requested one gave some of the answers."""
    text = figure_text(name, value, row.unknown, write)
    if isinstance(value, ConfidenceInterval) and name not in OF_NO_ANSWER:
        text = marked(text, is_mixed=_is_mixed(row, name))
        text = mark_gpu_cost(text, is_gpu_time="usd" in name and row.model_run.has_gpu_cost)
    return text + (f" {BEST_MARK}" if name in row.best else "")


def _is_mixed(row: ComparisonRow, name: str) -> bool:
    """Whether answers of another model than the requested one are in a figure, of the row or of the pair."""
    if name in row.values:
        return row.answering.is_mixed
    return row.vs_baseline is not None and row.vs_baseline.is_mixed


def _own_value(row: ComparisonRow, name: str) -> Value | None:
    return row.values[name]


def _pair_value(row: ComparisonRow, name: str) -> Value | None:
    return None if row.vs_baseline is None else row.vs_baseline.values[name]


def _p_value(row: ComparisonRow) -> str:
    if row.vs_baseline is None or row.vs_baseline.p_adjusted is None or isinstance(row.vs_baseline.test, Undefined):
        return NONE
    return marked(p_value_text(row.vs_baseline.p_adjusted), is_mixed=row.vs_baseline.is_mixed)


def _paired_samples(row: ComparisonRow) -> str:
    if row.vs_baseline is None or not isinstance(row.vs_baseline.test, Difference):
        return NONE
    return f"{row.vs_baseline.test.samples:,}"


def _differing(row: ComparisonRow) -> str:
    if row.vs_baseline is None or not isinstance(row.vs_baseline.test, Difference):
        return NONE
    return f"{row.vs_baseline.test.differing:,}"


def _detectable(row: ComparisonRow) -> str:
    if row.vs_baseline is None or isinstance(row.vs_baseline.detectable, Undefined):
        return NONE
    return f"{100 * row.vs_baseline.detectable:.1f}"


def _list_prices(row: ComparisonRow) -> str:
    if row.vs_baseline is None or isinstance(row.vs_baseline.list_ratios, Undefined):
        return UNKNOWN if isinstance(row.model_run.list_price, CostUnknown) else NONE
    return " / ".join(digits(row.vs_baseline.list_ratios[name]) for name in ("input", "output", "blended"))


def _blended_ratio(row: ComparisonRow) -> object:
    found = None if row.vs_baseline is None else row.vs_baseline.list_ratios
    return None if found is None or isinstance(found, Undefined) else found["blended"]


def _pareto(row: ComparisonRow, standing: ParetoPosition | Undefined) -> str:
    if isinstance(standing, Undefined):
        return NONE
    # The share of resamples stands beside it: on few samples a model is optimal in one draw and dominated in the next.
    text = f"{'optimal' if standing.on_front else 'dominated'} {standing.chance:.2f}"
    return marked(text, is_mixed=row.answering.is_mixed)


def _figure_column(
    key: str,
    title: str,
    meaning: str,
    write: Callable[[ConfidenceInterval], str],
    *,
    of: Callable[[ComparisonRow, str], Value | None],
    rank: int = 0,
    lowest_is_best: bool = False,
) -> Column[ComparisonRow]:
    return Column(
        key=key,
        title=title,
        meaning=meaning,
        text=lambda row: _text(row, key, of(row, key), write),
        value=lambda row: of(row, key),
        rank=rank,
        lowest_is_best=lowest_is_best,
    )


_own_column = partial(_figure_column, of=_own_value)
"""A figure of one model."""
_pair_column = partial(_figure_column, of=_pair_value)
"""A figure of one model against the baseline."""


def _test_value(row: ComparisonRow, of: Callable[[Difference], object]) -> object:
    test = None if row.vs_baseline is None else row.vs_baseline.test
    return of(test) if isinstance(test, Difference) else None


MODEL: Column[ComparisonRow] = Column(
    key="model",
    title="model",
    meaning="",
    text=lambda row: mark_origin(row.model_run.label, row.model_run.origin),
    value=lambda row: row.model_run.label,
    is_prose=True,
)
REPEATED_COLUMNS: Columns = (
    _own_column("pass_at_k", "pass@k", "at least one of k answers correct, k being all repeats", share_text, rank=3),
    _own_column(
        "maj_at_k",
        "maj@k",
        "the answer given most often is correct; equivalent answers vote together",
        share_text,
        rank=5,
    ),
    _own_column("pass_hat_k", "pass^k", "all k answers correct", share_text, rank=6),
)
PARETO_COLUMNS: Columns = (
    Column(
        key="pareto_usd",
        title="Pareto $",
        meaning="Pareto-optimal or dominated in accuracy and dollars, "
        "and the share of bootstrap resamples where it is optimal",
        text=lambda row: _pareto(row, row.pareto_usd),
        value=lambda row: None if isinstance(row.pareto_usd, Undefined) else row.pareto_usd.chance,
        rank=2,
    ),
    Column(
        key="pareto_s",
        title="Pareto s",
        meaning="the same of accuracy against seconds",
        text=lambda row: _pareto(row, row.pareto_s),
        value=lambda row: None if isinstance(row.pareto_s, Undefined) else row.pareto_s.chance,
        rank=4,
    ),
)
SCORE_COLUMNS: Columns = (
    Column(
        key="n",
        title="n",
        meaning="graded answers on the samples that all models share",
        text=lambda row: f"{row.graded:,}",
        value=lambda row: row.graded,
        rank=2,
    ),
    _own_column(
        "accuracy",
        "accuracy",
        "share of graded answers that are correct, over all repeats (avg@k); errors are excluded",
        share_text,
    ),
    _own_column(
        "accuracy_failures_wrong",
        "acc., errors = incorrect",
        "accuracy with errors counted as incorrect",
        share_text,
        rank=4,
    ),
    *REPEATED_COLUMNS,
    _own_column("share_failed", "errors", "share of jobs without a response", whole_text, rank=1, lowest_is_best=True),
    _own_column(
        "share_truncated",
        "trunc.",
        "share truncated at the output limit",
        whole_text,
        rank=2,
        lowest_is_best=True,
    ),
    _own_column("share_refused", "refused", "share of answers that refuse", whole_text, rank=3, lowest_is_best=True),
)
PRICE_COLUMNS: Columns = (
    _own_column("usd_per_task", "$/job", "dollars of all attempts for one job", usd_text, lowest_is_best=True),
    _own_column(
        "usd_per_correct", "$/correct", "dollars of all attempts for one correct answer", usd_text, lowest_is_best=True
    ),
    _own_column("share_priced", "cost known", "share of jobs whose cost is known", whole_text, rank=3),
    _own_column(
        "seconds_per_task", "mean latency s", "mean seconds for one answer", estimate_text, rank=1, lowest_is_best=True
    ),
    _own_column("ttft_s", "TTFT", "median seconds to the first text", estimate_text, rank=5, lowest_is_best=True),
    _own_column(
        "first_answer_s",
        "first answer",
        "median seconds to the first answer text",
        estimate_text,
        rank=6,
        lowest_is_best=True,
    ),
    _own_column("chars_per_s", "chars/s", "median characters of answer text per second", estimate_text, rank=5),
    _own_column(
        "tokens_per_s", "own tok/s", "median output tokens per second, in its own tokens", estimate_text, rank=7
    ),
    _own_column(
        "tokens_per_task",
        "tokens",
        "mean generated tokens for one answer, reasoning included",
        estimate_text,
        rank=4,
        lowest_is_best=True,
    ),
    *PARETO_COLUMNS,
)
DIFFERENCE_COLUMNS: Columns = (
    Column(
        key="paired_samples",
        title="samples",
        meaning="samples graded for both models; only these are in the difference",
        text=_paired_samples,
        value=lambda row: _test_value(row, lambda test: test.samples),
        rank=3,
    ),
    Column(
        key="discordant",
        title="discordant",
        meaning="samples on which the two models differ",
        text=_differing,
        value=lambda row: _test_value(row, lambda test: test.differing),
        rank=4,
    ),
    _pair_column(
        "accuracy_difference",
        "diff. (pp)",
        "accuracy minus the baseline's in percentage points, paired by sample",
        points_text,
    ),
    Column(
        key="p_holm",
        title="p (Holm)",
        meaning="of the exact test of no difference, adjusted for all tests of this table",
        text=_p_value,
        value=lambda row: None if row.vs_baseline is None else row.vs_baseline.p_adjusted,
        rank=1,
        lowest_is_best=True,
    ),
    _pair_column(
        "accuracy_difference_failures_wrong",
        "acc., errors = incorrect",
        "the difference with errors counted as incorrect",
        points_text,
        rank=5,
    ),
    Column(
        key="detectable_difference",
        title="MDE (80% power)",
        meaning="smallest true difference in points that these samples detect with 80% power",
        text=_detectable,
        value=lambda row: None if row.vs_baseline is None else row.vs_baseline.detectable,
        rank=2,
        lowest_is_best=True,
    ),
)
RATIO_COLUMNS: Columns = (
    _pair_column("cost_ratio", "$/job", "dollars of one job, over the baseline's", number_with_ci, lowest_is_best=True),
    Column(
        key="list_price_ratios",
        title="list price in / out / blended",
        meaning="list prices over the baseline's: input, output, blended of three parts input and one output",
        text=_list_prices,
        value=_blended_ratio,
        rank=4,
        lowest_is_best=True,
    ),
    _pair_column(
        "cost_per_correct_ratio",
        "$/correct",
        "dollars of one correct answer, over the baseline's",
        number_with_ci,
        rank=1,
        lowest_is_best=True,
    ),
    _pair_column(
        "verbosity_ratio",
        "tokens",
        "generated tokens of one answer, over the baseline's (verbosity)",
        number_with_ci,
        rank=2,
        lowest_is_best=True,
    ),
    _pair_column(
        "break_even_verbosity",
        "break-even token ratio",
        "token ratio at which cost would be equal",
        number_with_ci,
        rank=5,
    ),
    _pair_column(
        "seconds_ratio",
        "seconds",
        "mean seconds of one answer; below 1 is faster",
        number_with_ci,
        rank=2,
        lowest_is_best=True,
    ),
    _pair_column(
        "chars_per_s_ratio",
        "chars/s",
        "characters of answer text per second, medians; above 1 is faster",
        number_with_ci,
        rank=3,
    ),
)
