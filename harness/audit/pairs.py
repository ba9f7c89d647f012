"""Two rows over the tasks that both have: difference in accuracy, exact test, ratios of dollars."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.importers.results import BoardRow
from harness.stats.arrays import Floats
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import Difference, SampleScores, paired_difference
from harness.stats.resample import resampled_means

NO_DOLLARS = Undefined(reason="no dollars by task")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPair:
    """First minus second, first over second. `priced`: tasks whose dollars both publish; the ratios are over these."""

    first: str
    second: str
    benchmark: str
    n: int
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    difference: Difference | Undefined
    priced: int = 0
    cost_ratio: ConfidenceInterval | Undefined = NO_DOLLARS
    cost_per_correct_ratio: ConfidenceInterval | Undefined = NO_DOLLARS


def compare_rows(first: BoardRow, second: BoardRow) -> RowPair | Undefined:
    """The pair; Undefined where the two share no task."""
    names = [name for name in first.outcomes if name in second.outcomes]
    if not names:
        return Undefined(reason="no verdicts by task that both publish")
    one, other = _scores(first, names), _scores(second, names)
    found = RowPair(
        first=first.id,
        second=second.id,
        benchmark=first.benchmark,
        n=len(names),
        both_right=int(((one > 0) & (other > 0)).sum()),
        only_first=int(((one > 0) & (other == 0)).sum()),
        only_second=int(((one == 0) & (other > 0)).sum()),
        both_wrong=int(((one == 0) & (other == 0)).sum()),
        difference=paired_difference(_samples(one), _samples(other)),
    )
    priced = [name for name in names if name in first.usd_by_task and name in second.usd_by_task]
    return _with_ratios(found, first, second, priced) if len(priced) > 1 else found


def _with_ratios(found: RowPair, first: BoardRow, second: BoardRow, names: list[str]) -> RowPair:
    columns = [
        *(np.array([float(row.usd_by_task[name]) for name in names]) for row in (first, second)),
        *(_scores(row, names) for row in (first, second)),
    ]
    return replace(
        found,
        priced=len(names),
        cost_ratio=_bootstrap_ratio(np.column_stack(columns[:2]), (1, -1)),
        cost_per_correct_ratio=_bootstrap_ratio(np.column_stack(columns), (1, -1, -1, 1)),
    )


def _bootstrap_ratio(columns: Floats, signs: tuple[int, ...]) -> ConfidenceInterval | Undefined:
    """The product of column means, those of sign -1 below the line, with bounds.

    Bounds: the plain percentile bootstrap over tasks, which whoever keeps a board can redo in a few lines (Efron 1979,
    Ann. Stat. 7:1). harness compare has wider ones where single tasks hold much of the spread.
    """
    means = columns.mean(axis=0)
    if (means <= 0).any():
        return Undefined(reason="a total is 0")
    drawn = resampled_means(columns, draws=DRAWS, seed=SEED)
    drawn = drawn[(drawn > 0).all(axis=1)]
    ratios = np.exp(np.log(drawn) @ np.array(signs))
    low, high = np.quantile(ratios, (0.025, 0.975))
    estimate = float(np.exp(np.log(means) @ np.array(signs)))
    return ConfidenceInterval(
        estimate=estimate, low=float(low), high=float(high), confidence=0.95, method="percentile bootstrap over tasks"
    )


DRAWS, SEED = 10_000, 20_261_130


def _scores(row: BoardRow, names: list[str]) -> Floats:
    return np.array([float(row.outcomes[name]) for name in names])


def _samples(correct: Floats) -> SampleScores:
    return SampleScores(correct=correct, repeats=np.ones(len(correct)))
