"""What a reader must know of an audited board, in whole sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from harness.audit.dollars import Cause, agrees
from harness.audit.pairs import (
    RowPair,
)
from harness.audit.report import AuditedRow
from harness.core.plurals import counted


def audit_notes(rows: Sequence[AuditedRow], pairs: Sequence[RowPair]) -> Iterator[str]:
    compared = [one for one in rows if one.ratio is not None]
    if compared:
        off = [one for one in compared if one.dollars is not None and one.dollars.cause is not None]
        yield (
            f"dollars: {len(compared) - len(off)} of {counted(len(compared), 'row')} with a published total agree with "
            f"tokens x price of the day within 0.5%; {len(off)} do not"
        )
    if not any(one.usd or one.row.usd_per_task or one.usd_sum for one in rows):
        yield "the board publishes no dollars"
    if not any(one.row.tokens for one in rows):
        yield "the board publishes no tokens, so its dollars cannot be recomputed"
    unpriced = [one for one in rows if one.dollars is not None and one.dollars.usd is None]
    if unpriced:
        yield f"no price: the dollars of {counted(len(unpriced), 'row')} cannot be recomputed; each says why"
    zeros = [one for one in rows if one.dollars is not None and one.dollars.cause is Cause.ZERO_WITH_TOKENS]
    if zeros:
        yield f"0 dollars beside tokens in {counted(len(zeros), 'row')}: unknown, not free"
    if any(one.dollars is not None and one.dollars.is_upper_bound for one in rows):
        yield "where cached tokens are not published, recomputed dollars are an upper bound"
    if any(one.is_usd_per_correct_lower_bound for one in rows):
        yield "where the dollars of some tasks are not known, dollars per solved task are a lower bound"
    disagreeing = [one.row.id for one in rows if one.accuracy_agrees is False]
    if disagreeing:
        yield f"accuracy: another share than the counts give in {counted(len(disagreeing), 'row')}"
    near = [(one, other) for one, other in pairwise(rows) if _within_noise(one, other)]
    if near:
        yield (
            f"{counted(len(near), 'pair')} of neighbours in rank cannot be distinguished by these data "
            "(exact tests, Holm over all pairs of the benchmark)"
        )
    means = [one for one in rows if one.row.usd_per_task is not None and one.usd_mean is not None]
    off_means = [one for one in means if not agrees(one.row.usd_per_task or Decimal(0), one.usd_mean or Decimal(0))]
    if off_means:
        yield (
            f"{len(off_means)} of {counted(len(means), 'printed mean')} differ by more than 0.5% from the mean over "
            "the tasks whose dollars are listed"
        )


def _within_noise(one: AuditedRow, other: AuditedRow) -> bool:
    if one.row.benchmark != other.row.benchmark or one.rank is None or other.rank is None:
        return False
    return one.rank_high is not None and one.rank_high >= other.rank
