"""The columns of an audit's tables of pairs: a row against the baseline, over tasks or by published figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from harness.audit.columns import FILES_ONLY
from harness.audit.pairs import FigurePair, RowPair
from harness.core.types import Origin
from harness.report.render.interval_text import number_with_ci, p_value_text, points_text
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import NONE, UNKNOWN, digits
from harness.report.render.table import Column, prose_column
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import Difference

Pair = TypeVar("Pair", RowPair, FigurePair)


def _difference(pair: RowPair) -> ConfidenceInterval | Undefined:
    return pair.difference.interval if isinstance(pair.difference, Difference) else pair.difference


def _p_value(pair: RowPair) -> float | None:
    return pair.difference.p_value if isinstance(pair.difference, Difference) else None


def _figure(
    key: str,
    title: str,
    meaning: str,
    of: Callable[[RowPair], ConfidenceInterval | Undefined],
    write: Callable[[ConfidenceInterval], str],
    *,
    rank: int = 0,
) -> tuple[Column[RowPair], ...]:
    """The figure with its bounds in brackets, and the bounds alone for files."""

    def end(name: str) -> Callable[[RowPair], float | None]:
        return lambda pair: getattr(of(pair), name) if isinstance(of(pair), ConfidenceInterval) else None

    def shown(pair: RowPair) -> str:
        found = of(pair)
        return NONE if isinstance(found, Undefined) else write(found)

    bounds = (
        Column(key=f"{key}_{name}", title=name, meaning="", text=lambda pair: "", value=end(name), rank=FILES_ONLY)
        for name in ("low", "high")
    )
    return (Column(key=key, title=title, meaning=meaning, text=shown, value=end("estimate"), rank=rank), *bounds)


def _count(key: str, title: str, meaning: str, of: Callable[[RowPair], int], *, rank: int = 0) -> Column[RowPair]:
    return Column(key=key, title=title, meaning=meaning, text=lambda pair: f"{of(pair):,}", value=of, rank=rank)


def _names(names: Mapping[str, str]) -> tuple[Column[Any], ...]:
    """The row by its name, in files by its id, and what is the heading in text."""
    return (
        Column(
            key="first",
            title="row",
            meaning="",
            text=lambda pair: mark_origin(names.get(pair.first, pair.first), Origin.IMPORTED),
            value=lambda pair: pair.first,
            is_prose=True,
        ),
        prose_column("second", "against", lambda pair: pair.second, rank=FILES_ONLY),
        prose_column("benchmark", "benchmark", lambda pair: pair.benchmark, rank=FILES_ONLY),
    )


FIGURES: tuple[Column[RowPair], ...] = (
    _count("paired", "n", "tasks that both have", lambda pair: pair.n),
    *_figure(
        "accuracy_difference",
        "points",
        "accuracy of the row minus the other's over the same tasks, in points, with 95% CI",
        _difference,
        points_text,
    ),
    Column(
        key="p_value",
        title="p",
        meaning="McNemar's exact test, not adjusted",
        text=lambda pair: NONE if (found := _p_value(pair)) is None else p_value_text(found),
        value=_p_value,
    ),
    _count("only_first", "only it", "solved by the row alone", lambda pair: pair.only_first, rank=1),
    _count("only_second", "only other", "solved by the other alone", lambda pair: pair.only_second, rank=1),
    _count("both_right", "both", "solved by both", lambda pair: pair.both_right, rank=2),
    _count("both_wrong", "neither", "solved by neither", lambda pair: pair.both_wrong, rank=2),
    *_figure(
        "cost_ratio",
        "$ ratio",
        "dollars of the row over the other's, published or else recomputed, where both are known, with 95% CI",
        lambda pair: pair.cost_ratio,
        number_with_ci,
    ),
    *_figure(
        "cost_per_correct_ratio",
        "$/solved ratio",
        "dollars per solved task of the row over the other's, with 95% CI",
        lambda pair: pair.cost_per_correct_ratio,
        number_with_ci,
        rank=2,
    ),
)


def pair_columns(names: Mapping[str, str]) -> tuple[Column[RowPair], ...]:
    """The row and the figures of the comparison. `names`: what text calls each row, by id."""
    return (*_names(names), *FIGURES)


def figure_columns(figures: tuple[str, ...], names: Mapping[str, str]) -> tuple[Column[FigurePair], ...]:
    """The row, the difference of the scores, and a ratio for each published figure. `names`: as for pair_columns."""
    return (
        *_names(names),
        Column(
            key="score_difference",
            title="points",
            meaning="accuracy of the row minus the other's, in points",
            text=lambda pair: UNKNOWN if pair.difference is None else f"{100 * pair.difference:+.1f}",
            value=lambda pair: pair.difference,
        ),
        *(_ratio(name) for name in figures),
    )


def _ratio(name: str) -> Column[FigurePair]:
    return Column(
        key=f"{name}_ratio",
        title=f"{name.replace('_', ' ').replace('usd', '$')} ratio",
        meaning="the row's published figure over the other's",
        text=lambda pair: UNKNOWN if (found := pair.ratios.get(name)) is None else digits(float(found)),
        value=lambda pair: pair.ratios.get(name),
        rank=1,
    )
