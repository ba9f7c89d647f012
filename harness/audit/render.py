"""The document of an audit, fit to be sent to whoever keeps the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.audit.columns import FILES_ONLY, MODEL, ROW_COLUMNS
from harness.audit.pair_columns import figure_columns, pair_columns
from harness.audit.report import AuditedRow, AuditReport
from harness.audit.row_names import row_names
from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.render.mode import mode_of, origin_notes
from harness.report.render.table import Column, FlatRows, ReportDocument, Row, Section, Table, records


def document(report: AuditReport) -> ReportDocument:
    """What `harness audit` shows."""
    benchmarks = dict.fromkeys(one.row.benchmark for one in report.rows)
    rows = records(ROW_COLUMNS, report.rows)
    pairs = records(pair_columns({}), report.pairs)
    figure_pairs = records(figure_columns(report.figures, {}), report.figure_pairs)
    mode = mode_of([Origin.IMPORTED])
    return ReportDocument(
        title=f"audit of {report.published.title or report.source}",
        mode=mode,
        sections=tuple(section for name in benchmarks for section in _sections(report, name)),
        notes=(*report.notes, *_remarks(report), *origin_notes([Origin.IMPORTED])),
        facts=_facts(report),
        record={
            "source": report.source,
            "mode": mode,
            "published": _published(report),
            "rows": rows,
            "pairs": pairs,
            "figure_pairs": figure_pairs,
            "notes": list(report.notes),
        },
        flat=FlatRows(keys=tuple(one.key for one in ROW_COLUMNS), rows=tuple(rows)),
    )


def _published(report: AuditReport) -> dict[str, object]:
    found = report.published
    return {
        "title": found.title,
        "url": found.url,
        "licence": found.licence,
        "published_on": None if found.published_on is None else found.published_on.isoformat(),
        "lacking": list(found.lacking),
    }


def _facts(report: AuditReport) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = report.published
    day = None if found.published_on is None else f"until {found.published_on}"
    source = tuple(part for part in (found.title, found.url, found.licence, day) if part)
    return (("source", (report.source, *source)), ("cannot be known from it", found.lacking or ("-",)))


def _sections(report: AuditReport, benchmark: str) -> list[Section]:
    rows = tuple(one for one in report.rows if one.row.benchmark == benchmark)
    pairs = tuple(one for one in report.pairs if one.benchmark == benchmark)
    shown = tuple(one for one in _in_text(ROW_COLUMNS) if one is MODEL or _has_any(one, rows))
    found = [
        Section(
            title=f"{benchmark} · {counted(len(rows), 'row')} · 95% CIs",
            tables=(Table(columns=shown, rows=rows, is_marked=lambda one: True),),
        )
    ]
    names = row_names([one.row for one in rows])
    if pairs:
        against = f"{benchmark} · each row against {names[pairs[0].second]}"
        found.append(Section(title=against, tables=(_marked(pair_columns(names), pairs),)))
    figures = tuple(one for one in report.figure_pairs if one.benchmark == benchmark)
    if figures:
        against = f"{benchmark} · each row's published figures against {names[figures[0].second]}"
        found.append(Section(title=against, tables=(_marked(figure_columns(report.figures, names), figures),)))
    return found


def _marked(columns: Sequence[Column[Row]], rows: tuple[Row, ...]) -> Table[Row]:
    return Table(columns=_in_text(columns), rows=rows, is_marked=lambda one: True)


def _in_text(columns: Sequence[Column[Row]]) -> tuple[Column[Row], ...]:
    return tuple(one for one in columns if one.rank != FILES_ONLY)


def _has_any(column: Column[AuditedRow], rows: Sequence[AuditedRow]) -> bool:
    return any(column.value(row) not in (None, "") and column.text(row) for row in rows)


def _remarks(report: AuditReport) -> Iterator[str]:
    """What the source says of itself, and what nobody can know from it."""
    yield from (f"the source: {note}" for note in report.published.notes)
    if report.published.lacking:
        yield f"cannot be known from this source: {'; '.join(report.published.lacking)}"
