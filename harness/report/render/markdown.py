"""A document as Markdown: for a repository, a pull request, or the summary page of a CI job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.report.render.lines import printable
from harness.report.render.table import ReportDocument, Row, Table


def as_markdown(document: ReportDocument) -> str:
    """Result, tables, notes, what the columns mean, and where the figures come from."""
    parts = [f"# {document.headline}", ""]
    if document.result:
        parts += [*_list(document.result), ""]
    for section in document.sections:
        parts += [f"## {section.title}", ""]
        if section.lines:
            parts += [*_list(section.lines), ""]
        for table in section.tables:
            parts += [*([f"**{table.title}**", ""] if table.title else []), *_table(table), ""]
    notes = (*document.footnotes(), *document.notes)
    parts += ["## Notes", "", *_list(notes or ("none",)), ""]
    meanings = document.meanings()
    if meanings:
        parts += ["## Columns", "", *_list([f"**{title}**: {meaning}" for title, meaning in meanings]), ""]
    for title, lines in document.facts:
        parts += [f"## {title}", "", *_list(lines), ""]
    return "\n".join(map(printable, parts))


def _list(lines: Sequence[str]) -> Iterator[str]:
    return (f"- {line.strip()}" for line in lines)


def _table(table: Table[Row]) -> Iterator[str]:
    yield _piped([column.title for column in table.columns])
    yield "|" + "".join("---|" if column.is_prose else "--:|" for column in table.columns)
    yield from map(_piped, table.cells())


def _piped(row: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
