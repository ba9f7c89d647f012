"""What an audit found: each row recomputed, the pairs compared, and the notes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from harness.audit.dollars import Recomputed
from harness.audit.pairs import (
    FigurePair,
    RowPair,
)
from harness.importers.results import BoardRow, Published
from harness.stats.intervals import ConfidenceInterval


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRow:
    """One published row. `rank`: by accuracy within its benchmark, from 1, with the ranks that noise allows.

    `is_pareto`: whether no row of its benchmark is at least as good and costs no more, by published figures; None where
    one is unknown. `usd_sum`: of the tasks whose dollars are published; `usd_mean`: the same over those tasks.
    """

    row: BoardRow
    accuracy: ConfidenceInterval | None
    accuracy_agrees: bool | None
    dollars: Recomputed | None
    usd_sum: Decimal | None = None
    usd_mean: Decimal | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    is_pareto: bool | None = None

    @property
    def usd(self) -> Decimal | None:
        """The published dollars of the whole row; None where they are not known."""
        return self.row.usd

    @property
    def ratio(self) -> Decimal | None:
        """Published over recomputed."""
        if self.dollars is None or not self.dollars.usd or self.row.usd is None:
            return None
        return self.row.usd / self.dollars.usd

    @property
    def usd_per_correct_recomputed(self) -> Decimal | None:
        """All recomputed dollars per solved task."""
        if self.dollars is None or self.dollars.usd is None or not self.row.correct:
            return None
        return self.dollars.usd / self.row.correct

    @property
    def is_usd_per_correct_lower_bound(self) -> bool:
        """Whether `usd_per_correct` leaves out tasks whose dollars are not known."""
        return self.row.usd is None and self.usd_sum is not None and bool(self.row.correct)

    @property
    def usd_per_correct(self) -> Decimal | None:
        """All published dollars per solved task; for a board of dollars per task, those over the share solved.

        Where the dollars of some tasks are not known, those of the others over all solved tasks: a lower bound.
        """
        known = self.usd_sum if self.row.usd is None else self.row.usd
        if known is not None and self.row.correct:
            return known / self.row.correct
        if self.row.usd_per_task is not None and self.row.accuracy and self.row.correct != 0:
            return self.row.usd_per_task / Decimal(str(self.row.accuracy))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """All that an audit found. `pairs`: each row against the baseline of its benchmark, over the same tasks.

    `figure_pairs`: the same of boards without tasks, where a baseline was named; `figures`: the names in their ratios.
    """

    source: str
    published: Published
    rows: tuple[AuditedRow, ...]
    pairs: tuple[RowPair, ...]
    figure_pairs: tuple[FigurePair, ...]
    figures: tuple[str, ...]
    notes: tuple[str, ...]
