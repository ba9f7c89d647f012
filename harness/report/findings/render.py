"""The tables of findings in a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.core.types import Origin
from harness.report.findings.build import FindingsRow
from harness.report.findings.titles import FINDING_TITLES, finding_rank
from harness.report.render.figure_records import figure_record
from harness.report.render.interval_text import figure_text, points_text, share_text
from harness.report.render.mode import mark_origin
from harness.report.render.table import Column, Table, prose_column
from harness.report.run_data.answering import OTHER_MODEL_NOTE, marked
from harness.stats.intervals import ConfidenceInterval
from harness.stats.metrics import Value


def findings_tables(rows: Sequence[FindingsRow], baseline: str) -> Iterator[Table[Any]]:
    """Each model; where there are several, each but the baseline against it."""
    if not rows:
        return
    yield _table("each model: tool calls", rows, share_text, lambda row: row.shares)
    others = [row for row in rows if row.differences is not None]
    if others:
        yield _table(
            f"tool calls, difference to {baseline} (pp)", others, points_text, lambda row: row.differences or {}
        )


def findings_records(rows: Sequence[FindingsRow]) -> list[dict[str, object]]:
    """The JSON form: by finding {estimate, low, high, method} or {undefined: why}."""
    return [
        {
            "model": row.label,
            "shares": _records(row.shares),
            "differences": None if row.differences is None else _records(row.differences),
        }
        for row in rows
    ]


def _records(values: Mapping[str, Value]) -> dict[str, object]:
    return {name: figure_record(value) for name, value in values.items()}


def _table(
    title: str,
    rows: Sequence[FindingsRow],
    write: Callable[[ConfidenceInterval], str],
    of: Callable[[FindingsRow], Mapping[str, Value]],
) -> Table[FindingsRow]:
    return Table(
        title=title,
        columns=(
            prose_column("model", "model", lambda row: mark_origin(row.label, row.origin)),
            *(_column(name, write, of) for name in FINDING_TITLES),
        ),
        rows=tuple(rows),
        footnotes=(OTHER_MODEL_NOTE,) if any(row.is_mixed for row in rows) else (),
        is_marked=lambda row: row.origin is not Origin.LIVE,
    )


def _column(
    name: str, write: Callable[[ConfidenceInterval], str], of: Callable[[FindingsRow], Mapping[str, Value]]
) -> Column[FindingsRow]:
    title, meaning = FINDING_TITLES[name]

    def text(row: FindingsRow) -> str:
        return marked(figure_text(name, of(row)[name], frozenset(), write), is_mixed=row.is_mixed)

    return Column(
        key=name,
        title=title,
        meaning=meaning,
        text=text,
        value=lambda row: of(row)[name].estimate,
        rank=finding_rank(name),
    )
