"""The document of `harness runs show`: a row for each task and model of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from harness.core.types import Origin
from harness.report.render.mode import mark_origin, mode_of, origin_notes
from harness.report.render.number_format import NONE, dollars, percent
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column
from harness.store.remote.catalogue import CatalogueRow, as_record


def catalogue_document(rows: Sequence[CatalogueRow], address: str, notes: Sequence[str] = ()) -> ReportDocument:
    """What is known of one run; `address`: where it is. `notes` come first below the table."""
    origins = [Origin(row.origin) for row in rows]
    first = rows[0]
    head = f"{first.state}, begun {first.created_at:%Y-%m-%d %H:%M} UTC, written {first.updated_at:%Y-%m-%d %H:%M} UTC"
    records = tuple(map(as_record, rows))
    return ReportDocument(
        title=f"{address}: {head}",
        mode=mode_of(origins),
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=tuple(rows)),)),),
        notes=(*notes, *origin_notes(origins)),
        record={"run": first.run, "address": address, "rows": list(records), "notes": list(notes)},
        flat=FlatRows(keys=tuple(one.name for one in fields(CatalogueRow)), rows=records),
    )


def _accuracy(row: CatalogueRow) -> float | None:
    return row.correct / row.graded if row.graded else None


COLUMNS: tuple[Column[CatalogueRow], ...] = (
    prose_column("task", "task", lambda row: f"{row.task} v{row.task_version}"),
    prose_column("model", "model", lambda row: mark_origin(row.model, Origin(row.origin))),
    Column(
        key="finished",
        title="jobs",
        meaning="jobs that ended, of those planned",
        text=lambda row: f"{row.finished:,} of {row.planned:,}",
        value=lambda row: row.finished,
        rank=1,
    ),
    Column(
        key="accuracy",
        title="accuracy",
        meaning="correct answers of the graded ones; harness report has the interval",
        text=lambda row: NONE if (share := _accuracy(row)) is None else f"{percent(share)}% of {row.graded:,}",
        value=_accuracy,
        rank=1,
    ),
    Column(
        key="known_usd",
        title="$ spent",
        meaning="billed dollars without reused answers; ? where a job's dollars have an unknown part",
        text=lambda row: dollars(None if row.unknown_jobs else row.known_usd),
        value=lambda row: None if row.unknown_jobs else float(row.known_usd),
        rank=1,
    ),
)
