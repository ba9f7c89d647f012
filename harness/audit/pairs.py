"""Two rows over the tasks that both have: difference in accuracy, exact test, ratios of dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePair:
    """Published figures of two rows without tasks: first minus second, first over second; None where one is unknown."""

    first: str
    second: str
    benchmark: str
    difference: Decimal | None
    ratios: Mapping[str, Decimal | None]


def figures_of(row: BoardRow) -> dict[str, Decimal | None]:
    """Every published figure of a row that a ratio can be made of, by name."""
    share = None if row.accuracy is None else Decimal(str(row.accuracy))
    per_solved = None if row.usd_per_task is None or not share else row.usd_per_task / share
    return {
        "usd": row.usd,
        "usd_per_task": row.usd_per_task,
        "usd_per_solved": per_solved,
        "score": row.score,
        **row.figures,
    }


def compare_figures(first: BoardRow, second: BoardRow, names: tuple[str, ...]) -> FigurePair:
    """The pair by what the board prints of each."""
    one, other = figures_of(first), figures_of(second)
    shares = (first.accuracy, second.accuracy)
    return FigurePair(
        first=first.id,
        second=second.id,
        benchmark=first.benchmark,
        difference=None if None in shares else Decimal(str(shares[0])) - Decimal(str(shares[1])),
        ratios={name: _over(one.get(name), other.get(name)) for name in names},
    )


def _over(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or not second else first / second


def difference_of_rows(first: BoardRow, second: BoardRow) -> Difference | Undefined:
    """The difference in accuracy over the tasks that both have, with its exact test."""
    names = _shared(first, second)
    return paired_difference(_samples(_scores(first, names)), _samples(_scores(second, names)))


def compare_rows(first: BoardRow, second: BoardRow) -> RowPair | Undefined:
    """The pair; Undefined where the two share no task."""
    names = _shared(first, second)
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


def _shared(first: BoardRow, second: BoardRow) -> list[str]:
    return [name for name in first.outcomes if name in second.outcomes]


def _with_ratios(found: RowPair, first: BoardRow, second: BoardRow, names: list[str]) -> RowPair:
    dollars = [np.array([float(row.usd_by_task[name]) for name in names]) for row in (first, second)]
    columns = np.column_stack([*dollars, *(_scores(row, names) for row in (first, second))])
    means = columns.mean(axis=0)
    if (means[:2] <= 0).any():
        return found
    drawn = resampled_means(columns, draws=DRAWS, seed=SEED)
    return replace(
        found,
        priced=len(names),
        cost_ratio=_ratio(means[:2], drawn[:, :2], (1, -1)),
        cost_per_correct_ratio=_ratio(means, drawn, (1, -1, -1, 1)),
    )


def _ratio(means: Floats, drawn: Floats, signs: tuple[int, ...]) -> ConfidenceInterval | Undefined:
    """The product of column means, those of sign -1 below the line, with bounds.

    Bounds: the plain percentile bootstrap over tasks, which whoever keeps a board can redo in a few lines (Efron 1979,
    Ann. Stat. 7:1). harness compare has wider ones where single tasks hold much of the spread.
    """
    if (means <= 0).any():
        return Undefined(reason="a total is 0")
    usable = drawn[(drawn > 0).all(axis=1)]
    low, high = np.quantile(np.exp(np.log(usable) @ np.array(signs)), (0.025, 0.975))
    estimate = float(np.exp(np.log(means) @ np.array(signs)))
    return ConfidenceInterval(
        estimate=estimate, low=float(low), high=float(high), confidence=0.95, method="percentile bootstrap over tasks"
    )


DRAWS, SEED = 10_000, 20_261_130


def _scores(row: BoardRow, names: list[str]) -> Floats:
    return np.array([float(row.outcomes[name]) for name in names])


def _samples(correct: Floats) -> SampleScores:
    return SampleScores(correct=correct, repeats=np.ones(len(correct)))
