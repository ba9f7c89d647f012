"""The audit of a source: each row recomputed, the intervals and tests that the board does not show, what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
from scipy.stats import fisher_exact

from harness.audit.dollars import recompute
from harness.audit.notes import audit_notes
from harness.audit.pairs import (
    FigurePair,
    RowPair,
    compare_figures,
    compare_rows,
    difference_of_rows,
    figures_of,
)
from harness.audit.report import AuditedRow, AuditReport
from harness.audit.rows import rows_of
from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.importers.formats.openhands import OTHER_METRIC
from harness.importers.price_history import PriceHistory
from harness.importers.results import BoardRow, ImportedResults
from harness.pricing.exact import exact_sum
from harness.stats.intervals import ConfidenceInterval, Undefined, wilson
from harness.stats.paired import holm
from harness.stats.pareto import undominated

ALPHA = 0.05
ACCURACY_STEP = 0.0006
"""Boards round to a tenth of a percent; a published accuracy agrees within that."""


def audit(
    results: ImportedResults,
    history: PriceHistory,
    *,
    source: str,
    baseline: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> AuditReport:
    """Audit a source. `baseline`: id of the row the others are paired with; without one, the best of each benchmark.

    `labels`: the provider/model whose price rows hold, by the row's id or model. Raises UsageError for a name of either
    that is no row.
    """
    rows = _relabelled(rows_of(results), labels or {})
    if baseline is not None and baseline not in {row.id for row in rows}:
        raise UsageError(f"--baseline {baseline}: no such row; {closest_names(baseline, (row.id for row in rows))}")
    figures = _figures(rows)
    audited: list[AuditedRow] = []
    pairs: list[RowPair] = []
    for benchmark in dict.fromkeys(row.benchmark for row in rows):
        own = [_audited(row, history) for row in rows if row.benchmark == benchmark]
        audited += _with_pareto(_ranked(own))
        pairs += _pairs([_with_recomputed(one) for one in own], baseline)
    return AuditReport(
        source=source,
        published=results.published,
        rows=tuple(audited),
        pairs=tuple(pairs),
        figure_pairs=tuple(_figure_pairs(rows, baseline, figures)),
        figures=figures,
        notes=tuple(audit_notes(audited, pairs)),
    )


def _relabelled(rows: tuple[BoardRow, ...], labels: Mapping[str, str]) -> tuple[BoardRow, ...]:
    """The rows, with the tokens of those named priced as the user says."""
    known = {name for row in rows for name in (row.id, row.model)}
    unknown = [name for name in labels if name not in known]
    if unknown:
        raise UsageError(f"--label {unknown[0]}=...: no such row; {closest_names(unknown[0], known)}")
    return tuple(_as_model(row, labels.get(row.id) or labels.get(row.model)) for row in rows)


def _as_model(row: BoardRow, label: str | None) -> BoardRow:
    if label is None or not row.tokens:
        return row
    name = label.partition("@")[0]
    return replace(
        row,
        tokens=(replace(row.tokens[0], model=name), *row.tokens[1:]),
        tokens_by_task={task: replace(tokens, model=name) for task, tokens in row.tokens_by_task.items()},
    )


def _with_recomputed(one: AuditedRow) -> BoardRow:
    """The row, with recomputed dollars by task where none are published."""
    if one.row.usd_by_task or one.dollars is None:
        return one.row
    return replace(one.row, usd_by_task=one.dollars.usd_by_task)


def _audited(row: BoardRow, history: PriceHistory) -> AuditedRow:
    interval = None if row.n is None or row.correct is None or not row.n else _wilson(row.correct, row.n)
    known = list(row.usd_by_task.values())
    total = exact_sum(known) if known else None
    return AuditedRow(
        row=row,
        accuracy=interval,
        accuracy_agrees=_agrees(row, interval),
        dollars=recompute(row, history),
        usd_sum=total,
        usd_mean=None if total is None else total / len(known),
    )


def _wilson(correct: int, n: int) -> ConfidenceInterval:
    low, high = wilson(correct, n)
    return ConfidenceInterval(estimate=correct / n, low=low, high=high, confidence=0.95, method="Wilson")


def _agrees(row: BoardRow, interval: ConfidenceInterval | None) -> bool | None:
    """Whether the published accuracy is that of the counts, over the tasks run or over all of the benchmark."""
    if interval is None or row.accuracy is None or any(note.startswith(OTHER_METRIC) for note in row.notes):
        return None
    totals = (row.n, row.figures.get("total_tests"), row.figures.get("tasks_of_benchmark"))
    shares = [float((row.correct or 0) / Decimal(total)) for total in totals if total]
    return any(abs(share - row.accuracy) <= ACCURACY_STEP for share in shares)


def _ranked(rows: Sequence[AuditedRow]) -> list[AuditedRow]:
    """Rows with a rank, best first, and the ranks that the data do not rule out; others at the end as they stand."""
    placed = sorted((one for one in rows if _share(one) is not None), key=lambda one: -(_share(one) or 0.0))
    better = _separated(placed)
    found = []
    for place, one in enumerate(placed):
        low = high = None
        if one.accuracy is not None:
            low = 1 + sum((other, place) in better for other in range(len(placed)))
            high = len(placed) - sum((place, other) in better for other in range(len(placed)))
        found.append(replace(one, rank=place + 1, rank_low=low, rank_high=high))
    return [*found, *(one for one in rows if _share(one) is None)]


def _share(one: AuditedRow) -> float | None:
    if one.accuracy is not None:
        return one.accuracy.estimate
    return one.row.accuracy if one.row.score is None else float(one.row.score)


def _with_pareto(rows: Sequence[AuditedRow]) -> list[AuditedRow]:
    """The rows, those with a share (or score) and dollars with whether another is at least as good and as cheap."""
    placed = [(one, share, usd) for one in rows if (share := _share(one)) is not None and (usd := _usd(one))]
    if not placed:
        return list(rows)
    optimal = undominated(np.array([share for _, share, _ in placed]), np.array([float(usd) for _, _, usd in placed]))
    found = {one.row.id: bool(flag) for (one, _, _), flag in zip(placed, optimal, strict=True)}
    return [replace(one, is_pareto=found.get(one.row.id)) for one in rows]


def _usd(one: AuditedRow) -> Decimal | None:
    """The published dollars that rows are placed by: per task where the board prints those."""
    return one.row.usd_per_task or one.usd


def _separated(rows: Sequence[AuditedRow]) -> set[tuple[int, int]]:
    """(better, worse) places of all pairs whose test survives Holm's correction over the benchmark."""
    tested: list[tuple[int, int]] = []
    p_values: list[float] = []
    for first, one in enumerate(rows):
        for second in range(first + 1, len(rows)):
            p_value = _p_value(one.row, rows[second].row)
            if p_value is not None:
                tested.append((first, second))
                p_values.append(p_value)
    return {pair for pair, p_value in zip(tested, holm(p_values), strict=True) if p_value <= ALPHA}


def _p_value(first: BoardRow, second: BoardRow) -> float | None:
    """Paired where both publish verdicts by task (McNemar), else Fisher's exact test of two shares."""
    if first.outcomes and second.outcomes:
        difference = difference_of_rows(first, second)
        return None if isinstance(difference, Undefined) else difference.p_value
    if not first.n or not second.n or first.correct is None or second.correct is None:
        return None
    counts = [[one.correct or 0, (one.n or 0) - (one.correct or 0)] for one in (first, second)]
    return float(fisher_exact(counts).pvalue)


def _pairs(rows: Sequence[BoardRow], baseline: str | None) -> Iterator[RowPair]:
    """Every row with verdicts by task against the baseline, here the one named or the best."""
    own = [row for row in rows if row.outcomes]
    named = [row for row in own if row.id == baseline]
    best = max(own, key=lambda row: sum(row.outcomes.values()) / len(row.outcomes), default=None)
    against = named[0] if named else best
    for row in own:
        if against is not None and row is not against:
            pair = compare_rows(row, against)
            if not isinstance(pair, Undefined):
                yield pair


def _figures(rows: Sequence[BoardRow]) -> tuple[str, ...]:
    """Names of the figures that rows without tasks publish."""
    own = (figures_of(row) for row in rows if not row.outcomes)
    return tuple(dict.fromkeys(name for figures in own for name, value in figures.items() if value is not None))


def _figure_pairs(rows: Sequence[BoardRow], baseline: str | None, figures: tuple[str, ...]) -> Iterator[FigurePair]:
    """Rows without tasks against the one named, within its benchmark."""
    against = {row.benchmark: row for row in rows if row.id == baseline and not row.outcomes}
    for row in rows:
        other = against.get(row.benchmark)
        if other is not None and row is not other and not row.outcomes:
            yield compare_figures(row, other, figures)
