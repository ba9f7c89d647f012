"""The columns of a comparison of models: what each shows of a row, and what it means.

Not here: how figures are written (figures), laying out a table (compare_tables).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from harness.core.prices import CostUnknown
from harness.report.comparison.build import REPEATED, ComparisonRow, ComparisonTable, ParetoPosition
from harness.report.render.number_format import NONE, UNKNOWN, digits, dollars, percent
from harness.report.render.table import Column
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import Value
from harness.stats.paired import Difference

BEST_MARK = "*"
DOLLAR_FIGURES = frozenset({"usd_per_task", "usd_per_correct", "cost_ratio", "cost_per_correct_ratio"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGroup:
    """Columns that stand together. `title` may name the {baseline}; `of_all`: the baseline has a row too."""

    title: str
    columns: tuple[Column[ComparisonRow], ...]
    of_all: bool


def blocks(table: ComparisonTable) -> tuple[ColumnGroup, ...]:
    """What is shown of a table: each model, and where there are several, each against the baseline."""
    is_alone = len(table.rows) < 2
    scores = tuple(one for one in SCORE_COLUMNS if table.repeats > 1 or one not in REPEATED_COLUMNS)
    prices = tuple(one for one in PRICE_COLUMNS if not (is_alone and one in FRONT_COLUMNS))
    each = (
        ColumnGroup(title="each model: accuracy", columns=scores, of_all=True),
        ColumnGroup(title="each model: dollars, seconds, tokens", columns=prices, of_all=True),
    )
    if is_alone:
        return each
    return (
        *each,
        ColumnGroup(title=f"accuracy, difference to {table.baseline}", columns=DIFFERENCE_COLUMNS, of_all=False),
        ColumnGroup(title=f"ratio to {table.baseline}", columns=RATIO_COLUMNS, of_all=False),
    )


def _share(value: ConfidenceInterval) -> str:
    return f"{percent(value.estimate)}% [{percent(value.low)}, {percent(value.high)}]"


def _whole(value: ConfidenceInterval) -> str:
    return f"{percent(value.estimate)}%"


def _points(value: ConfidenceInterval) -> str:
    return f"{100 * value.estimate:+.1f} [{100 * value.low:+.1f}, {100 * value.high:+.1f}]"


def _usd(value: ConfidenceInterval) -> str:
    amounts = [dollars(Decimal(repr(each))) for each in (value.estimate, value.low, value.high)]
    return f"{amounts[0]} [{amounts[1]}, {amounts[2]}]"


def _times(value: ConfidenceInterval) -> str:
    return f"{digits(value.estimate)} [{digits(value.low)}, {digits(value.high)}]"


def _estimate(value: ConfidenceInterval) -> str:
    return digits(value.estimate)


def _own(name: str, write: Callable[[ConfidenceInterval], str]) -> Callable[[ComparisonRow], str]:
    def text(row: ComparisonRow) -> str:
        mark = f" {BEST_MARK}" if name in row.best else ""
        return _stated(row, name, row.values[name], write) + mark

    return text


def _against(name: str, write: Callable[[ConfidenceInterval], str]) -> Callable[[ComparisonRow], str]:
    def text(row: ComparisonRow) -> str:
        return NONE if row.vs_baseline is None else _stated(row, name, row.vs_baseline.values[name], write)

    return text


def _stated(row: ComparisonRow, name: str, value: Value, write: Callable[[ConfidenceInterval], str]) -> str:
    if isinstance(value, ConfidenceInterval):
        return write(value)
    priced = row.values["share_priced"]
    is_unknown = name in DOLLAR_FIGURES and isinstance(priced, ConfidenceInterval) and priced.estimate < 1
    return UNKNOWN if is_unknown else NONE


def _p_value(row: ComparisonRow) -> str:
    if row.vs_baseline is None or row.vs_baseline.p_adjusted is None or isinstance(row.vs_baseline.test, Undefined):
        return NONE
    return _chance(row.vs_baseline.p_adjusted)


def _chance(value: float) -> str:
    return "<0.001" if 0 < value < 0.001 else f"{value:.3f}"


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


def _front(standing: ParetoPosition | Undefined) -> str:
    if isinstance(standing, Undefined):
        return NONE
    return f"{'optimal' if standing.on_front else 'dominated'} {standing.chance:.2f}"


def _column(title: str, meaning: str, text: Callable[[ComparisonRow], str]) -> Column[ComparisonRow]:
    return Column(title=title, meaning=meaning, text=text)


REPEATED_COLUMNS = (
    _column("pass@k", "at least one of k answers correct, k being all repeats", _own("pass_at_k", _share)),
    _column(
        "maj@k", "the answer given most often is correct; answers written alike vote alike", _own("maj_at_k", _share)
    ),
    _column("pass^k", "all k answers correct", _own("pass_hat_k", _share)),
)
assert len(REPEATED_COLUMNS) == len(REPEATED)
FRONT_COLUMNS = (
    _column(
        "Pareto $",
        "Pareto-optimal or dominated in accuracy and dollars, and the share of bootstrap resamples where it is optimal",
        lambda row: _front(row.pareto_usd),
    ),
    _column("Pareto s", "the same of accuracy against seconds", lambda row: _front(row.pareto_s)),
)
SCORE_COLUMNS = (
    _column("n", "graded answers on the samples that all models share", lambda row: f"{row.graded:,}"),
    _column(
        "accuracy",
        "share of graded answers that are correct, over all repeats (avg@k); errors are excluded",
        _own("accuracy", _share),
    ),
    _column(
        "acc., errors = incorrect",
        "accuracy with errors counted as incorrect",
        _own("accuracy_failures_wrong", _share),
    ),
    *REPEATED_COLUMNS,
    _column("errors", "share of jobs without a response", _own("share_failed", _whole)),
    _column("trunc.", "share truncated at the output limit", _own("share_truncated", _whole)),
    _column("refused", "share of answers that refuse", _own("share_refused", _whole)),
)
PRICE_COLUMNS = (
    _column("$/job", "dollars of all attempts for one job", _own("usd_per_task", _usd)),
    _column("$/correct", "dollars of all attempts for one correct answer", _own("usd_per_correct", _usd)),
    _column("cost known", "share of jobs whose cost is known", _own("share_priced", _whole)),
    _column("mean latency s", "mean seconds for one answer", _own("seconds_per_task", _estimate)),
    _column("TTFT", "median seconds to the first text", _own("ttft_s", _estimate)),
    _column("tok/s", "median output tokens per second", _own("tokens_per_s", _estimate)),
    _column("tokens", "mean generated tokens for one answer, reasoning included", _own("tokens_per_task", _estimate)),
    *FRONT_COLUMNS,
)
DIFFERENCE_COLUMNS = (
    _column("samples", "samples graded for both models; only these are in the difference", _paired_samples),
    _column("discordant", "samples on which the two models differ", _differing),
    _column(
        "diff. (pp)",
        "accuracy minus the baseline's in percentage points, paired by sample",
        _against("accuracy_difference", _points),
    ),
    _column("p (Holm)", "of the exact test of no difference, adjusted for all tests of this table", _p_value),
    _column(
        "acc., errors = incorrect",
        "the difference with errors counted as incorrect",
        _against("accuracy_difference_failures_wrong", _points),
    ),
    _column(
        "MDE (80% power)",
        "smallest true difference in points that these samples detect with 80% power",
        _detectable,
    ),
)
RATIO_COLUMNS = (
    _column("$/job", "dollars of one job, over the baseline's", _against("cost_ratio", _times)),
    _column(
        "list price in / out / blended",
        "list prices over the baseline's: input, output, blended of three parts input and one output",
        _list_prices,
    ),
    _column(
        "$/correct", "dollars of one correct answer, over the baseline's", _against("cost_per_correct_ratio", _times)
    ),
    _column(
        "tokens", "generated tokens of one answer, over the baseline's (verbosity)", _against("verbosity_ratio", _times)
    ),
    _column(
        "break-even token ratio",
        "token ratio at which cost would be equal",
        _against("break_even_verbosity", _times),
    ),
    _column("seconds", "mean seconds of one answer; below 1 is faster", _against("seconds_ratio", _times)),
    _column("tok/s", "output tokens per second, medians; above 1 is faster", _against("tokens_per_s_ratio", _times)),
)
