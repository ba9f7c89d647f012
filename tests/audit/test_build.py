"""Accuracy, ranks and pairs of an audit, by boards of our own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.audit.build import audit
from harness.audit.pairs import compare_rows
from harness.core.errors import UsageError
from harness.importers.price_history import load_history
from harness.importers.results import BoardRow, ImportedResults, Published
from harness.stats.intervals import ConfidenceInterval, Undefined

HISTORY = load_history()


def board(*rows: BoardRow) -> ImportedResults:
    return ImportedResults(published=Published(title="ours"), rows=rows)


def shares(name: str, correct: int, n: int = 100, printed: float | None = None) -> BoardRow:
    return BoardRow(id=name, model=name, benchmark="b", n=n, correct=correct, accuracy=printed)


def tasks(name: str, solved: str, usd: str | None = None) -> BoardRow:
    outcomes = {str(place): mark == "1" for place, mark in enumerate(solved)}
    costs = dict.fromkeys(outcomes, Decimal(usd)) if usd else {}
    return BoardRow(
        id=name,
        model=name,
        benchmark="b",
        n=len(solved),
        correct=solved.count("1"),
        outcomes=outcomes,
        usd_by_task=costs,
    )


def test_ranks_that_the_data_do_not_rule_out() -> None:
    found = audit(board(shares("low", 20), shares("high", 80), shares("near", 78)), HISTORY, source="x")
    ranks = {one.row.id: (one.rank, one.rank_low, one.rank_high) for one in found.rows}
    # 80 and 78 of 100 are not distinguished, 20 of 100 is worse than both by Fisher's exact test
    assert ranks == {"high": (1, 1, 2), "near": (2, 1, 2), "low": (3, 3, 3)}
    assert any("1 pair of neighbours in rank cannot be distinguished" in note for note in found.notes)


def test_a_published_share_is_held_against_the_counts() -> None:
    rows = (shares("right", 80, printed=0.8), shares("wrong", 78, printed=0.8), shares("silent", 20))
    found = audit(board(*rows), HISTORY, source="x")
    assert {one.row.id: one.accuracy_agrees for one in found.rows} == {"right": True, "wrong": False, "silent": None}


def test_pair_over_the_same_tasks() -> None:
    pair = compare_rows(tasks("a", "1111100000", "0.5"), tasks("b", "1110011100", "1.0"))
    assert not isinstance(pair, Undefined)
    assert (pair.n, pair.both_right, pair.only_first, pair.only_second, pair.both_wrong) == (10, 3, 2, 3, 2)
    assert isinstance(pair.cost_ratio, ConfidenceInterval)
    assert pair.cost_ratio.estimate == pytest.approx(0.5)
    assert isinstance(pair.cost_per_correct_ratio, ConfidenceInterval)
    assert pair.cost_per_correct_ratio.estimate == pytest.approx(0.6)  # (5 / 5) over (10 / 6) dollars a solved task


def test_boards_without_tasks_have_no_pairs() -> None:
    assert isinstance(compare_rows(shares("a", 1), shares("b", 2)), Undefined)
    assert audit(board(shares("a", 1), shares("b", 2)), HISTORY, source="x").pairs == ()


def test_a_baseline_that_is_no_row_is_named() -> None:
    with pytest.raises(UsageError, match=r"--baseline aa: no such row; did you mean ab"):
        audit(board(shares("ab", 1), shares("cd", 2)), HISTORY, source="x", baseline="aa")


def priced(name: str, score: float, usd: str | None, **figures: str) -> BoardRow:
    return BoardRow(
        id=name,
        model=name,
        benchmark="b",
        accuracy=score,
        usd_per_task=None if usd is None else Decimal(usd),
        figures={key: Decimal(value) for key, value in figures.items()},
    )


def test_rows_without_tasks_are_compared_by_their_published_figures() -> None:
    rows = board(priced("a", 0.6, "0.3", speed="90"), priced("b", 0.5, "0.2", speed="60"), priced("c", 0.4, None))
    found = audit(rows, HISTORY, source="x", baseline="b")
    pairs = {pair.first: pair for pair in found.figure_pairs}
    assert pairs["a"].difference == Decimal("0.1")
    # 0.3 / 0.2; (0.3 / 0.6) / (0.2 / 0.5); 90 / 60
    assert [pairs["a"].ratios[name] for name in ("usd_per_task", "usd_per_solved", "speed")] == [
        Decimal("1.5"),
        Decimal("1.25"),
        Decimal("1.5"),
    ]
    assert pairs["c"].ratios == dict.fromkeys(found.figures)  # unknown on one side: no ratio


def test_pareto_optimal_rows_are_those_that_nothing_as_good_undercuts() -> None:
    rows = (
        priced("best", 0.9, "3"),
        priced("cheap", 0.5, "1"),
        priced("worse", 0.5, "2"),
        priced("unpriced", 0.95, None),
    )
    found = audit(board(*rows), HISTORY, source="x")
    assert {one.row.id: one.is_pareto for one in found.rows} == {
        "best": True,
        "cheap": True,
        "worse": False,
        "unpriced": None,
    }
